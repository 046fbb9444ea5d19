import type { StreamReader } from '#local/event-source-mapping/ports.ts';
import type { ListedShard } from '#local/event-source-mapping/shard-lineage.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface FakeShard {
  readonly parentShardIds: readonly string[];
  readonly records: { sequenceNumber: string; arrivalMs: number }[];
  closed: boolean;
}

/** A stream in memory whose shards are split and merged by hand. A record's JSON is its own text. */
export class FakeStream implements StreamReader {
  readonly #clock: VirtualClock;
  readonly #shards = new Map<string, FakeShard>();
  #records = 0;
  /** Reads that fail before one does not. */
  failingReads = 0;
  failingLists = 0;

  constructor(clock: VirtualClock, ...shardIds: readonly string[]) {
    this.#clock = clock;
    for (const shardId of shardIds) this.addShard(shardId);
  }

  /** Closes the parents. */
  addShard(shardId: string, ...parentShardIds: readonly string[]): void {
    this.#shards.set(shardId, { parentShardIds, records: [], closed: false });
    for (const parent of parentShardIds) this.#shard(parent).closed = true;
  }

  /** @returns the record's sequence number */
  put(shardId: string): string {
    this.#records += 1;
    const sequenceNumber = String(this.#records);
    const shard = this.#shard(shardId);
    if (shard.closed) throw new Error(`${shardId} is closed`);
    shard.records.push({ sequenceNumber, arrivalMs: this.#clock.nowMs() });
    return sequenceNumber;
  }

  async listShards(): Promise<ListedShard[]> {
    await this.#clock.sleep(5);
    if (this.failingLists > 0) {
      this.failingLists -= 1;
      throw new Error('listing failed');
    }
    return [...this.#shards].map(([shardId, { parentShardIds, closed }]) => ({
      shardId,
      parentShardIds,
      closed,
    }));
  }

  shard(shardId: string) {
    return {
      read: async (after: string | undefined, recordsMax: number) => {
        await this.#clock.sleep(5);
        if (this.failingReads > 0) {
          this.failingReads -= 1;
          throw new Error('reading failed');
        }
        const { closed, records } = this.#shard(shardId);
        const unread = records.filter(({ sequenceNumber }) => Number(sequenceNumber) > Number(after ?? 0));
        const read = unread.slice(0, recordsMax);
        return {
          records: read.map((record) => ({
            ...record,
            payloadBytes: 100,
            json: `"${shardId}:${record.sequenceNumber}"`,
          })),
          millisBehindLatest: 0,
          endOfShard: closed && read.length === unread.length,
        };
      },
    };
  }

  #shard(shardId: string): FakeShard {
    const shard = this.#shards.get(shardId);
    if (shard === undefined) throw new Error(`no shard ${shardId}`);
    return shard;
  }
}
