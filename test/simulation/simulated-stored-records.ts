import type { StoredRecords } from '#app/ports/stored-records.ts';
import type { SequenceNumber, ShardId } from '#core/brand.ts';
import { compareSequence } from '#core/protocol/position.ts';
import type { MakeCall } from './service-calls.ts';
import type { SimulatedRecord, SimulatedStream } from './simulated-stream.ts';
import { type Caller, START_MS, type World } from './world.ts';

/** Which records a run has read once more, by their shard. */
export class ReadLog {
  readonly #reads = new Map<ShardId, Set<SequenceNumber>>();

  of(shard: ShardId): Set<SequenceNumber> {
    let sequences = this.#reads.get(shard);
    if (sequences === undefined) {
      sequences = new Set();
      this.#reads.set(shard, sequences);
    }
    return sequences;
  }
}

/** What has left the stream: all that arrived before some time. */
export class Trim {
  #beforeMs = Number.NEGATIVE_INFINITY;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  hasGone({ arrival }: SimulatedRecord): boolean {
    return arrival < this.#beforeMs;
  }

  /** Somebody reads: from the start of a page, or on from `next`. */
  onRead(next: SimulatedRecord | undefined, isFirstPage: boolean): void {
    const { clock, plan } = this.#world;
    const trim = plan.levels?.trim;
    if (trim === undefined || this.#beforeMs > 0 || clock.nowMs < START_MS + trim.atMs) return;
    if (!trim.isWithinRead) this.#beforeMs = START_MS + trim.beforeMs;
    else if (!isFirstPage && next !== undefined) {
      this.#beforeMs = next.arrival + 1;
      this.#world.strikes.add('trim_within_read');
    }
  }
}

/** What is left in the stream, as a caller reads it, page by page: records may leave it meanwhile. */
export function simulatedStoredRecords(
  world: World,
  calls: MakeCall,
  caller: Caller,
  stream: SimulatedStream,
  trim: Trim,
  log: ReadLog,
): StoredRecords {
  const { levels } = world.plan;
  return {
    async *recordsFrom({ shard }, sequence) {
      const found = log.of(shard);
      let next: SequenceNumber | undefined = sequence;
      while (next !== undefined) {
        const from: SequenceNumber = next;
        const page = await calls.make(caller, {
          service: 'stream',
          what: `reads ${shard} once more from ${from}`,
          isWrite: false,
          effect: () => {
            const { records } = stream.shard(shard);
            const beyond = records.filter((record) => compareSequence(record.sequence, from) >= 0);
            trim.onRead(beyond[0], from === sequence);
            const left = beyond.filter((record) => !trim.hasGone(record));
            const some = left.slice(0, levels?.readRecordsMax);
            return { some, next: left[some.length]?.sequence };
          },
        });
        for (const record of page.some) {
          found.add(record.sequence);
          yield record;
        }
        next = page.next;
      }
    },
  };
}
