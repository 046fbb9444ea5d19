import type { EpochMs } from '#core/brand.ts';
import { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import { IdList } from '#core/duplicates/id-list.ts';
import { liveSegments, type NewSegment, nextSeen, segmentsToMerge } from '#core/duplicates/next-seen.ts';
import { inheritSeen, type SeenIds, type SegmentRef } from '#core/duplicates/seen-ids.ts';
import type { Head } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { AggregateDeps, DuplicateDeps } from './deps.ts';
import type { KnownIds } from './known-ids.ts';
import { notListed } from './read-hash-keys.ts';

/** Segments that are read at a time: more would only compete for the function's one processor. */
const READS_AT_A_TIME = 8;
/**
 * How long a segment is kept beyond the horizon: longer than a backlog that is processed late may be old. With a
 * stream that is kept longer, ids of before may be gone by then: they are counted as forgotten.
 */
const KEPT_BEYOND_MS = 8 * 86_400_000;

/** What a commit says of ids, and what it needs for that. */
export interface CommitIds {
  readonly seen: SeenIds | null;
  /** To be written before the head. */
  readonly writes: readonly NewSegment[];
  readonly keepMs: number;
  /** Ids that are forgotten before the horizon has passed. */
  readonly forgotten: number;
  /** To be called when the head is known to be stored, and at no other time. */
  readonly committed: () => void;
}

/** Of a commit that counts nothing, or of a pipeline that does not tell duplicates. */
export function sameIds(seen: SeenIds | null): CommitIds {
  return { seen, writes: [], keepMs: 0, forgotten: 0, committed: () => {} };
}

/** The ids that one head names, in memory, by which duplicates among the events of a commit are told. */
export interface HeadIds {
  /** For the events of one commit, in their order; `undefined` where the pipeline does not tell duplicates. */
  begin(): ChunkIds | undefined;
  /** What the commit of these events says. */
  next(chunk: ChunkIds | undefined): Promise<CommitIds>;
}

const NO_IDS_TOLD: HeadIds = { begin: () => undefined, next: () => Promise.resolve(sameIds(null)) };

/**
 * Reads what is not in memory yet of the ids that a head names. A shard that has counted nothing begins with what its
 * parents have seen: they are at their ends, since no child is read before. `arrival`: of the next event.
 */
export async function readHeadIds(
  deps: AggregateDeps,
  shard: ShardKey,
  head: Head,
  arrival: EpochMs,
): Promise<HeadIds> {
  const { duplicates } = deps.pipeline;
  if (duplicates === undefined) return NO_IDS_TOLD;
  const withinSeconds = duplicates.withinMs / 1000;
  const seen = head.seen ?? (await inherited(deps, shard));
  const arrived = Math.max(seen.arrived, Math.floor(arrival / 1000));
  const live = liveSegments(seen, arrived, withinSeconds);
  const known = deps.cache.knownIds(shard);
  const missing = live.filter((ref) => !known.has(ref));
  let lost = 0;
  for (let i = 0; i < missing.length; i += READS_AT_A_TIME) {
    const some = missing.slice(i, i + READS_AT_A_TIME);
    const lists = await Promise.all(some.map((ref) => readSegment(deps, ref)));
    for (const [place, ref] of some.entries()) {
      const ids = lists[place];
      if (ids === undefined) lost += ref.ids;
      known.addSegment(ref, ids ?? new IdList());
    }
  }
  for (const gone of known.fit(seen, live, arrived - withinSeconds)) deps.cache.dropSegment(gone);
  deps.cache.keepKnownIds(shard, known);
  return new ShardIds(deps, shard, seen, known, withinSeconds, lost);
}

/**
 * What is a duplicate is asked of the very head on which the commit is conditioned: so a crash, a repeated batch, a second invocation or a lost reply change nothing, as nothing is
 * seen before its commit is stored.
 */
class ShardIds implements HeadIds {
  readonly #deps: AggregateDeps;
  readonly #shard: ShardKey;
  readonly #seen: SeenIds;
  readonly #known: KnownIds;
  readonly #withinSeconds: number;
  /** Ids of segments that are gone. */
  readonly #lost: number;

  constructor(
    deps: AggregateDeps,
    shard: ShardKey,
    seen: SeenIds,
    known: KnownIds,
    withinSeconds: number,
    lost: number,
  ) {
    this.#deps = deps;
    this.#shard = shard;
    this.#seen = seen;
    this.#known = known;
    this.#withinSeconds = withinSeconds;
    this.#lost = lost;
  }

  begin(): ChunkIds {
    return new ChunkIds(this.#known.table, this.#seen, this.#withinSeconds);
  }

  async next(chunk = this.begin()): Promise<CommitIds> {
    const { cache, limits, pipeline } = this.#deps;
    const { arrived, fresh } = chunk;
    const refs = segmentsToMerge(liveSegments(this.#seen, arrived, this.#withinSeconds), limits.ids);
    const lists = await Promise.all((refs ?? []).map((ref) => readSegment(this.#deps, ref)));
    const merged = refs && { refs, lists: lists.map((list) => list ?? new IdList()) };
    const { newName } = needed(this.#deps);
    const next = nextSeen(this.#seen, fresh, arrived, this.#withinSeconds, merged, limits.ids, newName);
    const { seen, writes, forgotten } = next;
    return {
      seen,
      writes,
      keepMs: (pipeline.duplicates?.withinMs ?? 0) + KEPT_BEYOND_MS,
      forgotten: forgotten + this.#lost,
      committed: () => {
        for (const { name, bytes } of writes) cache.keepSegment(name, bytes);
        const written = writes.map(({ name }) => name);
        for (const gone of this.#known.committed(seen, fresh, written)) cache.dropSegment(gone);
        cache.keepKnownIds(this.#shard, this.#known);
      },
    };
  }
}

/** What the nearest ancestors have seen that have seen anything: a shard may end before it was given a record. */
async function inherited(deps: AggregateDeps, shard: ShardKey): Promise<SeenIds> {
  const { lineage } = needed(deps);
  const parents = await lineage.parentsOf(shard);
  if (parents === undefined) throw notListed(shard);
  const found: SeenIds[] = [];
  const asked = new Set<string>();
  for (let generation = parents; generation.length > 0; ) {
    const unseen: ShardKey[] = [];
    for (const ancestor of generation) {
      // After a split and a merge, both parents have the same one.
      if (asked.has(ancestor.shard)) continue;
      asked.add(ancestor.shard);
      const seen = (await deps.table.readHead(ancestor))?.seen ?? null;
      if (seen !== null) found.push(seen);
      else unseen.push(...((await lineage.parentsOf(ancestor)) ?? []));
    }
    generation = unseen;
  }
  return inheritSeen(found);
}

function needed({ duplicates }: AggregateDeps): DuplicateDeps {
  if (duplicates === undefined)
    throw new TypeError('aggregateBatch was given nothing to tell duplicates with');
  return duplicates;
}

/** The ids of a segment; `undefined` where it is gone, long after it was written. */
async function readSegment(
  { cache, table }: AggregateDeps,
  { name }: SegmentRef,
): Promise<IdList | undefined> {
  const cached = cache.segment(name);
  const bytes = cached ?? (await table.readSegment(name));
  if (bytes === undefined) return undefined;
  if (cached === undefined) cache.keepSegment(name, bytes);
  return IdList.decode(bytes);
}
