import { expect } from 'vitest';
import type { EpochMs } from '#core/brand.ts';
import { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import { IdList } from '#core/duplicates/id-list.ts';
import { IdTable } from '#core/duplicates/id-table.ts';
import { liveSegments, nextSeen, segmentsToMerge } from '#core/duplicates/next-seen.ts';
import { type IdLimits, NOTHING_SEEN, type SeenIds, type SegmentRef } from '#core/duplicates/seen-ids.ts';

/** A shard whose heads name ids, and a table that has the segments; no cache: each chunk reads all anew. */
export class Shard {
  seen: SeenIds;
  readonly segments: Map<string, Uint8Array>;
  forgotten = 0;
  /** How often segments were merged. */
  merges = 0;
  readonly #within: number;
  readonly #limits: IdLimits;
  #names = 0;

  constructor(
    within: number,
    limits: IdLimits,
    seen = NOTHING_SEEN,
    segments = new Map<string, Uint8Array>(),
  ) {
    this.#within = within;
    this.#limits = limits;
    this.seen = seen;
    this.segments = segments;
  }

  list({ name }: SegmentRef): IdList {
    return IdList.decode(this.segments.get(name) ?? expect.fail(`there is no segment ${name}`));
  }

  /** Takes events in one commit; which of them are duplicates. */
  commit(events: readonly { id: string; second: number }[]): boolean[] {
    const known = new IdTable();
    for (const each of this.seen.segments) this.list(each).addTo(known);
    IdList.decode(this.seen.recent).addTo(known);
    const chunk = new ChunkIds(known, this.seen, this.#within);
    const duplicates = events.map(({ id, second }) => {
      chunk.arrive((second * 1000 + 999) as EpochMs);
      return chunk.isDuplicateEvent(id);
    });
    const live = liveSegments(this.seen, chunk.arrived, this.#within);
    const refs = segmentsToMerge(live, this.#limits);
    if (refs !== undefined) this.merges += 1;
    const merged = refs && { refs, lists: refs.map((each) => this.list(each)) };
    const { arrived, fresh } = chunk;
    const newName = () => `s${this.segments.size}-${++this.#names}`;
    const next = nextSeen(this.seen, fresh, arrived, this.#within, merged, this.#limits, newName);
    for (const { name, bytes } of next.writes) {
      if (IdList.decode(bytes).size === 0) throw new Error(`segment ${name} has no ids`);
      this.segments.set(name, bytes);
    }
    this.seen = next.seen;
    this.forgotten += next.forgotten;
    return duplicates;
  }
}
