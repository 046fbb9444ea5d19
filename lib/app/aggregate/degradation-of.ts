import type { EpochMs } from '#core/brand.ts';
import { levelsOf, NO_LOAD, nextLoad } from '#core/degradation/ladder.ts';
import type { Head } from '#core/protocol/head.ts';
import type { AggregateDeps } from './deps.ts';
import type { CommitContent } from './shard-run.ts';
import type { Chunk } from './take-chunk.ts';

/** What a commit of a chunk says of what it leaves out, and of how much the next one will. */
export function degradationOf(
  { compression, now, pipeline }: Pick<AggregateDeps, 'compression' | 'now' | 'pipeline'>,
  { arrivals, bytes, events, left, position }: Chunk,
  { load }: Head,
): Pick<CommitContent, 'hole' | 'load'> {
  const hole = left?.hole(position, compression) ?? null;
  const { capacity } = pipeline;
  if (capacity === null) return { hole, load: NO_LOAD };
  if (arrivals === undefined) return { hole };
  const levels = levelsOf(pipeline);
  // A level that the definition knows no more is left at once.
  const known = levels.includes(load.level) ? load : { ...load, level: 0 as const };
  const seen = {
    now: now() as EpochMs,
    firstArrival: arrivals.first,
    lastArrival: arrivals.last,
    events,
    bytes,
  };
  return { hole, load: nextLoad(known, seen, capacity, levels) };
}
