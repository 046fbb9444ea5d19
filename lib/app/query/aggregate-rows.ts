import type { WindowStart } from '#core/brand.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import type { Aggregate, GroupValue } from '#core/pipeline/pipeline.ts';

/** One group in one window. */
export interface AggregateRow {
  readonly group: Readonly<Record<string, GroupValue>>;
  /** Epoch milliseconds; the window is `[windowStart, windowEnd)`. */
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly metrics: Readonly<Record<string, MetricValue>>;
}

/** A window's groups as rows, in the order of their group's values. */
export function rowsOf(
  aggregate: Aggregate,
  windowStart: WindowStart,
  levelMs: number,
  table: GroupTable,
): AggregateRow[] {
  const places = new Map(table.layout.map(({ name }, i) => [name, i]));
  const rows = [...table.keys()].map((key) => {
    const values = groupValuesOf(key, aggregate.groupBy.length);
    const state = table.values(table.row(key), levelMs);
    return {
      group: Object.fromEntries(aggregate.groupBy.map((field, i) => [field, values[i] ?? null])),
      windowStart,
      windowEnd: windowStart + levelMs,
      metrics: Object.fromEntries(
        aggregate.metrics.map(({ name }) => [name, state[places.get(name) ?? -1] ?? null]),
      ),
    };
  });
  const sortKey = (row: AggregateRow) => JSON.stringify(Object.values(row.group));
  return rows
    .map((row) => ({ row, key: sortKey(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
