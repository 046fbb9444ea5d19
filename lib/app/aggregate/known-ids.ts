import { IdList } from '#core/duplicates/id-list.ts';
import { IdTable } from '#core/duplicates/id-table.ts';
import type { SeenIds, SegmentRef } from '#core/duplicates/seen-ids.ts';

/** Ids that are past the horizon and still in memory: beyond, the table is made anew without them. */
const PAST_MAX = 4096;

/**
 * The ids that an environment remembers of one shard. They are those of heads that are known to be stored, and what a
 * head has named once is true until it is past the horizon: so no reply makes them untrue, and they are kept when
 * all else is dropped. They may be incomplete, where others have written the head since; whoever has a head adds what
 * it names.
 */
export class KnownIds {
  readonly table = new IdTable();
  #segments = new Set<string>();
  #recent: Uint8Array | undefined;

  /** About what it takes in memory. */
  get bytes(): number {
    return this.table.bytes + this.#segments.size * 64 + 256;
  }

  /** Whether the ids of a segment are among them. */
  has({ name }: SegmentRef): boolean {
    return this.#segments.has(name);
  }

  add(ids: IdList): void {
    ids.addTo(this.table);
  }

  addSegment({ name }: SegmentRef, ids: IdList): void {
    this.add(ids);
    this.#segments.add(name);
  }

  /**
   * Makes it fit for a head that names `seen`, of which `live` are the segments that may still be asked for: all of
   * them have been added. Forgets what nobody asks for from `liveFrom` on. Gives the names of segments that no head
   * will name any more.
   */
  fit({ recent, segments }: SeenIds, live: readonly SegmentRef[], liveFrom: number): readonly string[] {
    if (this.#recent !== recent) this.add(IdList.decode(recent));
    this.#recent = recent;
    const named = live.reduce((sum, { ids }) => sum + ids, 0);
    if (this.table.size > 2 * named + PAST_MAX) this.table.forgetBefore(liveFrom);
    return this.#keep(new Set(segments.filter((ref) => this.has(ref)).map(({ name }) => name)));
  }

  /** A commit has stored a head that names `seen`; its ids, but for these, were known. Gives what `fit` gives. */
  committed({ recent, segments }: SeenIds, fresh: IdList, written: readonly string[]): readonly string[] {
    this.add(fresh);
    this.#recent = recent;
    const names = segments.map(({ name }) => name);
    return this.#keep(new Set(names.filter((name) => this.#segments.has(name) || written.includes(name))));
  }

  #keep(names: Set<string>): readonly string[] {
    const gone = [...this.#segments].filter((name) => !names.has(name));
    this.#segments = names;
    return gone;
  }
}
