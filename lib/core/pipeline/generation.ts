import { fnv1a64 } from '#core/fnv1a.ts';
import type { AggregateWindow, Metric } from './pipeline.ts';

/**
 * The version of an aggregate's definition: 13 letters and digits that change with what its numbers mean. The order
 * of metrics does not matter, and neither does a `where`: its text differs from build to build, so whoever changes
 * one gives the metric a new name.
 */
export function generationOf(
  groupBy: readonly string[],
  window: AggregateWindow,
  metrics: readonly Metric[],
): string {
  const named = metrics.map(({ name, kind, field, where }) => [
    name,
    kind,
    field ?? null,
    where !== undefined,
  ]);
  named.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return fnv1a64(JSON.stringify([groupBy, window.type, window.everyMs, named]))
    .toString(36)
    .padStart(13, '0');
}
