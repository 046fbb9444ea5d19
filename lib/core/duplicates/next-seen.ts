import { IdList } from './id-list.ts';
import { type IdLimits, inOrder, type SeenIds, type SegmentRef } from './seen-ids.ts';

/** A segment that must be written before the head that names it. */
export interface NewSegment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a commit says of ids. */
export interface NextSeen {
  readonly seen: SeenIds;
  readonly writes: readonly NewSegment[];
  /** Ids that are forgotten before the horizon has passed, as they were too many. */
  readonly forgotten: number;
}

/**
 * The segments that are worth being merged into one, side by side in `segments`: as many as fit into one; `undefined`
 * where there are few enough, or none that would make them notably fewer.
 */
export function segmentsToMerge(
  segments: readonly SegmentRef[],
  { inSegmentMax, segmentsSoft, segmentsMax }: IdLimits,
): readonly SegmentRef[] | undefined {
  if (segments.length <= segmentsSoft) return undefined;
  let best = { start: 0, end: 0 };
  let start = 0;
  let ids = 0;
  for (const [i, segment] of segments.entries()) {
    ids += segment.ids;
    while (ids > inSegmentMax) ids -= segments[start++]?.ids ?? 0;
    if (i + 1 - start > best.end - best.start) best = { start, end: i + 1 };
  }
  const found = best.end - best.start;
  // To write so many bytes again is worth it where it takes many names out of the head, or where there is no room.
  const isWorthIt = found > segmentsSoft / 8 || segments.length > segmentsMax;
  return found >= 2 && isWorthIt ? segments.slice(best.start, best.end) : undefined;
}

/** Segments whose ids may still be asked for at the shard's time `arrived`. */
export function liveSegments(
  { segments, forgotten }: Pick<SeenIds, 'segments' | 'forgotten'>,
  arrived: number,
  withinSeconds: number,
): SegmentRef[] {
  return segments.filter(({ to }) => to > forgotten && arrived - to <= withinSeconds);
}

/**
 * What is seen once `fresh` ids are, up to the shard's time `arrived`: what is past the horizon is left out, what is
 * too much for the head goes into segments. `merged` are the ids of what `segmentsToMerge` gave for the live segments.
 * `newName` gives a random name that no segment ever had.
 */
export function nextSeen(
  seen: SeenIds,
  fresh: IdList,
  arrived: number,
  withinSeconds: number,
  merged: { readonly refs: readonly SegmentRef[]; readonly lists: readonly IdList[] } | undefined,
  limits: IdLimits,
  newName: () => string,
): NextSeen {
  const liveFrom = Math.max(seen.forgotten + 1, arrived - withinSeconds);
  const writes: NewSegment[] = [];
  const write = (list: IdList): SegmentRef => {
    const name = newName();
    writes.push({ name, bytes: list.encode() });
    return { name, from: list.from, to: list.to, ids: list.size };
  };
  let segments = liveSegments(seen, arrived, withinSeconds);
  if (merged !== undefined) {
    const gone = new Set(merged.refs.map(({ name }) => name));
    const list = IdList.merged(merged.lists, liveFrom);
    segments = segments.filter(({ name }) => !gone.has(name));
    for (let start = 0; start < list.size; start += limits.inSegmentMax) {
      segments.push(write(list.slice(start, start + limits.inSegmentMax)));
    }
  }
  let recent = IdList.merged([IdList.decode(seen.recent), fresh], liveFrom);
  if (recent.size > limits.inHeadMax) {
    for (let start = 0; start < recent.size; start += limits.inSegmentMax) {
      segments.push(write(recent.slice(start, start + limits.inSegmentMax)));
    }
    recent = new IdList();
  }
  const kept = newest(inOrder(segments), limits);
  const dropped = kept.dropped.reduce((sum, { ids }) => sum + ids, 0);
  const forgotten = Math.max(seen.forgotten, kept.dropped.at(-1)?.to ?? 0);
  return {
    seen: { arrived, forgotten, recent: recent.encode(), segments: kept.segments },
    writes,
    forgotten: dropped,
  };
}

function newest(
  segments: readonly SegmentRef[],
  { idsMax, segmentsMax }: IdLimits,
): { segments: readonly SegmentRef[]; dropped: readonly SegmentRef[] } {
  let ids = 0;
  let first = segments.length;
  while (first > 0 && segments.length - first < segmentsMax) {
    ids += segments[first - 1]?.ids ?? 0;
    if (ids > idsMax && first < segments.length) break;
    first -= 1;
  }
  return { segments: segments.slice(first), dropped: segments.slice(0, first) };
}
