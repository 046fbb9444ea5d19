import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { awsConfig } from '#adapters/aws-config.ts';
import type { EventFile } from '#cli/read-events/input-event.ts';

const EVENTS_PER_RECORD = 2500;
const HASH_KEYS = 2n ** 128n;

/** Puts a file's events as lines, each into the shard of its id, in the order of the file: the same id, the same shard. */
export async function feedByKey(file: EventFile, stream: string, shards: number): Promise<void> {
  const client = new KinesisClient(awsConfig());
  const lines: string[][] = Array.from({ length: shards }, () => []);
  const put = async (shard: number) => {
    const some = lines[shard] ?? [];
    if (some.length === 0) return;
    lines[shard] = [];
    const place = (HASH_KEYS * BigInt(2 * shard + 1)) / BigInt(2 * shards);
    await client.send(
      new PutRecordCommand({
        StreamName: stream,
        PartitionKey: String(shard),
        ExplicitHashKey: place.toString(),
        Data: Buffer.from(some.join('\n')),
      }),
    );
  };
  try {
    for await (const batch of file.batches()) {
      for (const event of batch) {
        if (event.kind !== 'event') throw new Error('an event that can not be read');
        const shard = (event.value as { readonly id: number }).id % shards;
        const some = lines[shard] ?? [];
        some.push(JSON.stringify(event.value));
        if (some.length === EVENTS_PER_RECORD) await put(shard);
      }
    }
    for (let shard = 0; shard < shards; shard++) await put(shard);
  } finally {
    client.destroy();
  }
}
