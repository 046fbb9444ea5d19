import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { windowStartOf } from '#core/time/window.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import { windowText } from '../query/window-text.ts';
import type { Freshness } from './answer.ts';
import type { QueryApiDeps } from './deps.ts';
import { readFreshness } from './freshness.ts';
import type { WindowLevel } from './levels.ts';
import { readBackward } from './read-windows.ts';

export interface NewestWanted {
  readonly aggregate: Aggregate;
  readonly level: WindowLevel;
  /** Only windows that are final. */
  readonly isFinalWanted: boolean;
  readonly matches: (row: AggregateRow) => boolean;
}

/**
 * Finds the newest window that has a row that matches, looking back from the newest event over as many windows as a
 * range may have. `windowStart` is `null` where there is none.
 */
export async function findNewestWindow(
  deps: QueryApiDeps,
  { aggregate, isFinalWanted, level, matches }: NewestWanted,
): Promise<{ readonly windowStart: number | null; readonly freshness: Freshness }> {
  const freshness = await readFreshness(deps, aggregate);
  const { newestEvent } = freshness;
  if (newestEvent === null) return { windowStart: null, freshness };
  // Times ahead of their arrival are not the newest event's, and may lie in later windows.
  const ahead = (newestEvent + deps.pipeline.maxAheadMs) as EpochMs;
  const { everyMs } = level;
  const to = windowStartOf(ahead, everyMs) + everyMs;
  const from = windowStartOf(newestEvent, everyMs) - (QUERY_LIMITS.rangeWindowsMax - 1) * everyMs;
  for await (const { rows, windows } of readBackward(deps.answer, { aggregate, level, from, to })) {
    const withRows = new Set(rows.filter(matches).map(windowText));
    const newest = windows.findLast(
      (window) => withRows.has(windowText(window)) && (window.final || !isFinalWanted),
    );
    if (newest !== undefined) return { windowStart: newest.windowStart, freshness };
  }
  return { windowStart: null, freshness };
}
