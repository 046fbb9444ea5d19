import { fnv1a64 } from '#core/fnv1a.ts';
import type { AggregateWindow, Metric } from './pipeline.ts';

/**
 * The version of an aggregate's definition: 13 letters and digits that change with what its numbers mean. The order
 * of metrics does not matter, and neither does what a `where` says: its text differs from build to build, so
 * whoever changes one gives the metric, or the aggregate, a new name.
 */
export function generationOf(
  groupBy: readonly string[],
  isFiltered: boolean,
  window: AggregateWindow,
  metrics: readonly Metric[],
): string {
  const named = metrics.map(({ name, kind, field, by, where }) => [
    name,
    kind,
    field ?? null,
    where !== undefined,
    ...(by === undefined ? [] : [by]),
  ]);
  named.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  // What not all have comes last, and only where it is: the versions of those without it are in tables.
  const parts = [groupBy, window.type, window.everyMs, named, ...(isFiltered ? ['where'] : [])];
  return fnv1a64(JSON.stringify(parts)).toString(36).padStart(13, '0');
}
