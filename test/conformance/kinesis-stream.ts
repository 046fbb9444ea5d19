import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { createStream } from '#local/create-resources.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import type { Emulator } from '#local/emulators/emulator.ts';
import { kinesisStreamReader } from '#local/event-source-mapping/kinesis-stream-reader.ts';
import type { StreamStore } from './stream.ts';

const STREAM = 'conformance';
const HASHES = 2n ** 128n;

/** A stream of an emulator, put to with the SDK and read as the embedded runtime reads it. */
export async function openKinesis(emulator: Emulator): Promise<StreamStore> {
  const { endpoint } = emulator;
  const { kinesis, destroy } = emulatorClients({
    kinesis: endpoint,
    dynamodb: endpoint,
    sqs: endpoint,
    s3: endpoint,
  });
  await createStream(kinesis, STREAM, 2);
  const source = {
    region: 'us-east-1',
    streamArn: 'arn:aws:kinesis:us-east-1:0:stream/conformance',
    roleArn: '',
  };
  const reader = kinesisStreamReader(kinesis, STREAM, source);
  const shards = new Map<string, ReturnType<typeof reader.shard>>();
  return {
    put: async (hash, data) => {
      const key = (BigInt(Math.floor(hash * 2 ** 32)) * HASHES) >> 32n;
      const record = { Data: data, PartitionKey: 'any', ExplicitHashKey: String(key) };
      await kinesis.send(new PutRecordCommand({ StreamName: STREAM, ...record }));
    },
    split: async (shardId) => {
      const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }));
      const range = Shards.find((shard) => shard.ShardId === shardId)?.HashKeyRange;
      const middle = (BigInt(range?.StartingHashKey ?? 0) + BigInt(range?.EndingHashKey ?? 0)) / 2n;
      const split = { ShardToSplit: shardId, NewStartingHashKey: String(middle) };
      await kinesis.send(new SplitShardCommand({ StreamName: STREAM, ...split }));
      await active(kinesis);
    },
    merge: async (shardId, rightShardId) => {
      const merge = { ShardToMerge: shardId, AdjacentShardToMerge: rightShardId };
      await kinesis.send(new MergeShardsCommand({ StreamName: STREAM, ...merge }));
      await active(kinesis);
    },
    listShards: () => reader.listShards(),
    read: async (shardId, after, recordsMax, closed) => {
      const shard = shards.get(shardId) ?? reader.shard(shardId);
      shards.set(shardId, shard);
      const { records, endOfShard } = await shard.read(after, recordsMax, closed);
      return { records: records.map(fromJson), endOfShard };
    },
    close: async () => {
      destroy();
      await emulator.stop();
    },
  };
}

async function active(client: KinesisClient): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: STREAM }),
    );
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
    await sleep(20);
  }
}

function fromJson({ json, sequenceNumber }: { readonly json: string; readonly sequenceNumber: string }) {
  const { kinesis } = JSON.parse(json) as { readonly kinesis: { readonly data: string } };
  return { sequence: sequenceNumber, data: Buffer.from(kinesis.data, 'base64') };
}
