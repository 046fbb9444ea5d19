import type { EpochMs } from '#core/brand.ts';
import type { WholeRecord } from '#core/records/decoded-event.ts';
import { hashEventId, hashRecordId, type IdHash } from './hash-id.ts';
import { IdList } from './id-list.ts';
import { IdTable } from './id-table.ts';
import type { SeenIds } from './seen-ids.ts';

/**
 * Tells duplicates among the events of one chunk, one after the other: an event is one if its id was seen, by the
 * shard's clock, no more than the horizon before. Whoever came first counts, whatever became of it; a duplicate does
 * not begin a new horizon.
 */
export class ChunkIds {
  /** Ids that the chunk has seen first. */
  readonly fresh = new IdList();
  readonly #known: IdTable;
  readonly #withinSeconds: number;
  readonly #forgotten: number;
  readonly #inChunk = new IdTable();
  readonly #hash: IdHash = { high: 0, low: 0 };
  #arrived: number;

  /** `known` has at least the ids that `seen` names, and no other that the shard has not seen. */
  constructor(known: IdTable, seen: SeenIds, withinSeconds: number) {
    this.#known = known;
    this.#withinSeconds = withinSeconds;
    this.#forgotten = seen.forgotten;
    this.#arrived = seen.arrived;
  }

  /** The shard's clock after the events so far. */
  get arrived(): number {
    return this.#arrived;
  }

  /** To be called for each event before anything else is asked of it. */
  arrive(arrival: EpochMs): void {
    this.#arrived = Math.max(this.#arrived, 1, Math.floor(arrival / 1000));
  }

  isDuplicateEvent(id: string): boolean {
    hashEventId(id, this.#hash);
    if (this.#isSeen()) return true;
    this.#add();
    return false;
  }

  /**
   * Whether an event is in a record that was put again. The record's id is seen once its last event is: so what is
   * left of a record is told from a copy of it, in whatever commits its events are counted.
   */
  isOfDuplicateRecord({ id, isLast }: WholeRecord): boolean {
    hashRecordId(id, this.#hash);
    if (this.#isSeen()) return true;
    if (isLast) this.#add();
    return false;
  }

  #isSeen(): boolean {
    const { high, low } = this.#hash;
    return this.#isWithin(this.#inChunk.get(high, low)) || this.#isWithin(this.#known.get(high, low));
  }

  #isWithin(second: number): boolean {
    return second > this.#forgotten && this.#arrived - second <= this.#withinSeconds;
  }

  #add(): void {
    const { high, low } = this.#hash;
    this.#inChunk.set(high, low, this.#arrived);
    this.fresh.add(high, low, this.#arrived);
  }
}
