import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { windowStartOf } from '#core/time/window.ts';
import type { QueryApiDeps } from './deps.ts';
import { readFreshness } from './freshness.ts';
import type { WindowLevel } from './levels.ts';
import type { Parameters } from './parameters.ts';
import { type AskedRange, checkRange } from './query-parameters.ts';

/** A range with both its ends: without `to`, up to the newest event; without `from`, a day of hours or so. */
export async function completeRange(
  deps: QueryApiDeps,
  aggregate: Aggregate,
  level: WindowLevel,
  { from, to }: AskedRange,
  parameters: Parameters,
): Promise<{ readonly from: number; readonly to: number } | undefined> {
  const { everyMs } = level;
  const spanMs = QUERY_LIMITS.rangeWindowsDefault * everyMs;
  if (to !== undefined) return { from: from ?? to - spanMs, to };
  const { newestEvent } = await readFreshness(deps, aggregate);
  if (newestEvent === null) return from === undefined ? undefined : { from, to: from + everyMs };
  const end = windowStartOf(newestEvent, everyMs) + everyMs;
  if (from === undefined) return { from: end - spanMs, to: end };
  const range = { from, to: Math.max(end, from + everyMs) };
  checkRange(parameters, range, level);
  parameters.finish();
  return range;
}
