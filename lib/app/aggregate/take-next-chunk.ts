import type { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import type { Head } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { eventSlices } from '../enrich/event-slices.ts';
import type { EnrichedEvent } from '../enrich/lookups.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { AggregateDeps } from './deps.ts';
import type { PlacedEvent } from './record-cursor.ts';
import { type Chunk, type ChunkBounds, ChunkTaker, judgeEvent, takeChunk } from './take-chunk.ts';

/**
 * `takeChunk`, with the lookups of a pipeline that has any: reference data is read slice by slice, before the slice's
 * events are aggregated. Where it can't be read, the chunk ends with the events before; rejects with the
 * `DependencyError` where there are none.
 */
export async function takeNextChunk(
  { pipeline, lookups }: Pick<AggregateDeps, 'pipeline' | 'lookups'>,
  shard: ShardKey,
  head: Pick<Head, 'position' | 'watermark'>,
  events: Iterable<PlacedEvent>,
  bounds: ChunkBounds,
  ids?: ChunkIds,
): Promise<Chunk> {
  if (lookups === undefined) return takeChunk(pipeline, shard, head, events, bounds, ids);
  const taker = new ChunkTaker(pipeline, shard, head, bounds, ids);
  for (const slice of eventSlices(events, bounds.eventsMax)) {
    if (taker.isFull()) return taker.chunk(false);
    const judged = slice.map((placed) => judgeEvent(pipeline, placed));
    let enriched: readonly EnrichedEvent[];
    try {
      enriched = await lookups.enrich(judged, bounds.isTimeUp);
    } catch (error) {
      if (!(error instanceof DependencyError) || taker.taken === 0) throw error;
      return taker.chunk(false);
    }
    for (const [i, placed] of slice.entries()) {
      if (taker.isFull()) return taker.chunk(false);
      const one = enriched[i];
      if (one !== undefined) taker.take(placed, one.outcome, one.counts);
    }
  }
  // Beyond so many events, nobody looked whether there are more.
  return taker.chunk(taker.taken < bounds.eventsMax);
}
