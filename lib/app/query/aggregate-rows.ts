import type { GroupKey, WindowStart } from '#core/brand.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { GroupTable, Layout } from '#core/group-table.ts';
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

/** A window's groups as rows, in the order of their group's values. `unknownOf`: metrics of which nothing is known of a group. */
export function rowsOf(
  aggregate: Aggregate,
  windowStart: WindowStart,
  levelMs: number,
  table: GroupTable,
  unknownOf: (key: GroupKey) => ReadonlySet<string> = () => new Set(),
): AggregateRow[] {
  const toRow = rowMaker(aggregate, table.layout);
  return inOrder(
    [...table.keys()].map((key) => {
      const unknown = unknownOf(key);
      const values = table
        .values(table.row(key), levelMs)
        .map((value, at) => (unknown.has(table.layout[at]?.name ?? '') ? null : value));
      return toRow(key, windowStart, windowStart + levelMs, values);
    }),
  );
}

/** Makes rows of groups; their metrics' values are in the layout's order. */
export function rowMaker(
  aggregate: Aggregate,
  layout: Layout,
): (key: GroupKey, windowStart: number, windowEnd: number, values: readonly MetricValue[]) => AggregateRow {
  const places = new Map(layout.map(({ name }, i) => [name, i]));
  return (key, windowStart, windowEnd, values) => {
    const groupValues = groupValuesOf(key, aggregate.groupBy.length);
    return {
      group: Object.fromEntries(aggregate.groupBy.map((field, i) => [field, groupValues[i] ?? null])),
      windowStart,
      windowEnd,
      metrics: Object.fromEntries(
        aggregate.metrics.map(({ name }) => [name, values[places.get(name) ?? -1] ?? null]),
      ),
    };
  };
}

/** Rows by their windows' starts, and then in the order of their group's values. */
export function inOrder(rows: readonly AggregateRow[]): AggregateRow[] {
  const sortKey = (row: AggregateRow) => JSON.stringify(Object.values(row.group));
  return rows
    .map((row) => ({ row, key: sortKey(row) }))
    .sort((a, b) => a.row.windowStart - b.row.windowStart || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
