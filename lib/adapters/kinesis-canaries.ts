import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { Canaries } from '#app/ports/canaries.ts';
import type { ListedShard } from '#app/ports/stream-state.ts';
import { encodeCanary } from '#core/records/canary-record.ts';
import { toDependencyError } from './dependency-error.ts';
import { streamInput } from './stream-identity.ts';

/** What one call takes. */
const RECORDS_A_CALL = 500;

/** Puts canaries into a Kinesis stream, each by the first hash of its shard. */
export class KinesisCanaries implements Canaries {
  readonly #client: KinesisClient;
  readonly #streamInput: ReturnType<typeof streamInput>;

  constructor(client: KinesisClient, nameOrArn: string) {
    this.#client = client;
    this.#streamInput = streamInput(nameOrArn);
  }

  /** What the stream refuses, one by one, is not put again: the next canary comes soon. */
  async put(shards: readonly ListedShard[]): Promise<void> {
    const hashes = shards.flatMap(({ firstHash }) => firstHash ?? []);
    for (let from = 0; from < hashes.length; from += RECORDS_A_CALL) {
      const Records = hashes
        .slice(from, from + RECORDS_A_CALL)
        .map((ExplicitHashKey) => ({ Data: encodeCanary(), PartitionKey: 'canary', ExplicitHashKey }));
      try {
        await this.#client.send(new PutRecordsCommand({ ...this.#streamInput, Records }));
      } catch (error) {
        throw toDependencyError('stream', 'PutRecords', error);
      }
    }
  }
}
