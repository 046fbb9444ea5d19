import { type CheckedEvent, isRejection } from '#core/batch/check-event.ts';
import type { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Rejection } from '#core/rejection.ts';
import { NO_LOOKUPS } from '../enrich/answer.ts';
import { eventSlices } from '../enrich/event-slices.ts';
import type { EnrichedEvent, Lookups } from '../enrich/lookups.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { AggregateDeps } from './deps.ts';
import type { PlacedEvent } from './record-cursor.ts';
import {
  type Chunk,
  type ChunkBounds,
  type ChunkHead,
  ChunkTaker,
  judgeEvent,
  takeChunk,
} from './take-chunk.ts';

/**
 * `takeChunk`, with the lookups of a pipeline that has any: reference data is read slice by slice, before the slice's
 * events are aggregated. Where it can't be read, the chunk ends with the events before; rejects with the
 * `DependencyError` where there are none.
 */
export async function takeNextChunk(
  { pipeline, lookups }: Pick<AggregateDeps, 'pipeline' | 'lookups'>,
  shard: ShardKey,
  head: ChunkHead,
  events: Iterable<PlacedEvent>,
  bounds: ChunkBounds,
  ids?: ChunkIds,
): Promise<Chunk> {
  if (lookups === undefined) return takeChunk(pipeline, shard, head, events, bounds, ids);
  const taker = new ChunkTaker(pipeline, shard, head, bounds, ids);
  for (const slice of eventSlices(events, bounds.eventsMax)) {
    if (taker.isFull()) return taker.chunk(false);
    const judged = slice.map((placed) => judgeEvent(pipeline, placed));
    let enriched: ReadonlyMap<number, EnrichedEvent>;
    try {
      enriched = await enrichTaken(lookups, judged, taker, bounds);
    } catch (error) {
      if (!(error instanceof DependencyError) || taker.taken === 0) throw error;
      return taker.chunk(false);
    }
    for (const [i, placed] of slice.entries()) {
      if (taker.isFull()) return taker.chunk(false);
      const one = enriched.get(i) ?? heldOne(judged[i], taker);
      if (one === undefined) return taker.chunk(false);
      taker.take(placed, one.outcome, one.counts);
    }
  }
  // Beyond so many events, nobody looked whether there are more.
  return taker.chunk(taker.taken < bounds.eventsMax);
}

/** An event that is left out whole; nothing where it may not be any more. */
function heldOne(event: CheckedEvent | Rejection | undefined, taker: ChunkTaker): EnrichedEvent | undefined {
  if (event === undefined || isRejection(event) || !taker.holds(event)) return undefined;
  return { outcome: event, counts: NO_LOOKUPS };
}

/**
 * The events of a slice that are not left out whole, by their index, with their lookups: the others need none yet. Those
 * that are left out as the slice begins, and may not be when their turn comes, are ever so old: the slice ends there.
 */
async function enrichTaken(
  lookups: Lookups,
  judged: readonly (CheckedEvent | Rejection)[],
  taker: ChunkTaker,
  { isTimeUp }: ChunkBounds,
): Promise<ReadonlyMap<number, EnrichedEvent>> {
  const taken = [...judged.entries()].filter(([, event]) => isRejection(event) || !taker.holds(event));
  const enriched = await lookups.enrich(
    taken.map(([, event]) => event),
    isTimeUp,
  );
  return new Map(taken.map(([i], at) => [i, enriched[at] as EnrichedEvent]));
}
