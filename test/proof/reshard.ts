import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { awsConfig } from '#adapters/aws-config.ts';
import type { EventFile } from '#cli/read-events/input-event.ts';

/** A file that has something done after so many of its events, the next of which wait for it. */
export function withSteps(
  file: EventFile,
  steps: readonly { readonly after: number; readonly run: () => Promise<void> }[],
): EventFile {
  return {
    ...file,
    progress: () => file.progress(),
    async *batches() {
      let events = 0;
      let next = 0;
      for await (const batch of file.batches()) {
        yield batch;
        events += batch.length;
        for (let step = steps[next]; step !== undefined && events >= step.after; step = steps[next]) {
          await step.run();
          next += 1;
        }
      }
    },
  };
}

/** Splits and merges shards of a stream that is in use. */
export class Resharding {
  readonly #client = new KinesisClient(awsConfig());
  readonly #stream: string;

  constructor(stream: string) {
    this.#stream = stream;
  }

  close(): void {
    this.#client.destroy();
  }

  /** Halves the first open shard. */
  async split(): Promise<void> {
    const [shard] = await this.#openShards();
    const { StartingHashKey = '0', EndingHashKey = '0' } = shard?.HashKeyRange ?? {};
    await this.#client.send(
      new SplitShardCommand({
        StreamName: this.#stream,
        ShardToSplit: shard?.ShardId,
        NewStartingHashKey: ((BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n + 1n).toString(),
      }),
    );
    await this.#active();
  }

  /** Merges the two open shards at the end of the key space, neither of which the split has made. */
  async merge(): Promise<void> {
    const [second, last] = (await this.#openShards()).slice(-2);
    await this.#client.send(
      new MergeShardsCommand({
        StreamName: this.#stream,
        ShardToMerge: second?.ShardId,
        AdjacentShardToMerge: last?.ShardId,
      }),
    );
    await this.#active();
  }

  /** All shards that there are and were. */
  async shards(): Promise<number> {
    return (await this.#listShards()).length;
  }

  async #openShards(): Promise<Shard[]> {
    const open = (await this.#listShards()).filter(
      ({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined,
    );
    const start = ({ HashKeyRange }: Shard) => BigInt(HashKeyRange?.StartingHashKey ?? 0);
    return open.sort((a, b) => (start(a) < start(b) ? -1 : 1));
  }

  async #listShards(): Promise<Shard[]> {
    const { Shards = [] } = await this.#client.send(new ListShardsCommand({ StreamName: this.#stream }));
    return Shards;
  }

  async #active(): Promise<void> {
    for (;;) {
      const { StreamDescriptionSummary: stream } = await this.#client.send(
        new DescribeStreamSummaryCommand({ StreamName: this.#stream }),
      );
      if (stream?.StreamStatus === 'ACTIVE') return;
      await sleep(50);
    }
  }
}
