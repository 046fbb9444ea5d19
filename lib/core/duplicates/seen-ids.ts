import { IdList, NO_IDS } from './id-list.ts';

/** An immutable item with ids, which counts once a head names it. */
export interface SegmentRef {
  /** The random name under which it was written. */
  readonly name: string;
  /** The first and the last second in which its ids were seen. */
  readonly from: number;
  readonly to: number;
  readonly ids: number;
}

/**
 * What a head says of the ids that its shard has seen, its ancestors' included. Seconds are those of the shard's own
 * clock, since 1970: the latest arrival so far, so that it never goes back. It follows from the stream's order alone
 * which event is a duplicate, and not from batches, retries or anybody's clock.
 */
export interface SeenIds {
  /** The shard's clock; 0 before the first event. */
  readonly arrived: number;
  /** Ids that were seen up to this second are not looked for any more, as they were too many; 0: all are. */
  readonly forgotten: number;
  /** The newest ids, which have not been worth a segment yet; see `id-list.ts`. */
  readonly recent: Uint8Array;
  /** In the order of their last seconds. */
  readonly segments: readonly SegmentRef[];
}

export const NOTHING_SEEN: SeenIds = { arrived: 0, forgotten: 0, recent: NO_IDS, segments: [] };

/** Bounds of what is kept of ids. */
export interface IdLimits {
  /** Ids in the head itself. Few enough to be carried with every commit, and enough to be worth an item. */
  readonly inHeadMax: number;
  /** Ids of one segment: 8 bytes each, in an item of at most 400 KB. */
  readonly inSegmentMax: number;
  /** Segments beyond which small ones are merged, as long as that makes them notably fewer. */
  readonly segmentsSoft: number;
  /** Segments at most; beyond, and beyond `idsMax`, the oldest ids are forgotten before their time. */
  readonly segmentsMax: number;
  readonly idsMax: number;
}

export const ID_LIMITS: IdLimits = {
  inHeadMax: 256,
  inSegmentMax: 47_000,
  segmentsSoft: 64,
  segmentsMax: 128,
  idsMax: 4_000_000,
};

/** About what a head's item takes for it, in bytes. */
export function seenIdsBytes(seen: SeenIds | null): number {
  if (seen === null) return 0;
  return seen.segments.reduce((sum, { name }) => sum + name.length + 10, seen.recent.length + 32);
}

/** What a shard begins with whose parents have seen these: the stream has given all that they had before. */
export function inheritSeen(parents: readonly SeenIds[]): SeenIds {
  const segments = new Map(parents.flatMap((seen) => seen.segments.map((ref) => [ref.name, ref])));
  const recent = IdList.merged(
    parents.map((seen) => IdList.decode(seen.recent)),
    0,
  );
  return {
    arrived: Math.max(0, ...parents.map(({ arrived }) => arrived)),
    forgotten: Math.max(0, ...parents.map(({ forgotten }) => forgotten)),
    recent: recent.encode(),
    segments: inOrder([...segments.values()]),
  };
}

/** By their last seconds. */
export function inOrder(segments: readonly SegmentRef[]): SegmentRef[] {
  return [...segments].sort((a, b) => a.to - b.to || a.from - b.from || (a.name < b.name ? -1 : 1));
}
