import { decodeGroups } from '#core/block-codec.ts';
import type { WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import type { Aggregate, GroupValue } from '#core/pipeline/pipeline.ts';
import { isFolded } from '#core/protocol/fold-block.ts';
import type { Table, WindowRange } from '../ports/table.ts';
import { readHeads, type ShardHead } from './read-heads.ts';

/** One group in one window. */
export interface AggregateRow {
  readonly group: Readonly<Record<string, GroupValue>>;
  /** Epoch milliseconds; the window is `[windowStart, windowEnd)`. */
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly metrics: Readonly<Record<string, MetricValue>>;
}

export interface QueryDeps {
  readonly table: Table;
  readonly compression: Compression;
}

/**
 * An aggregate's values, by window and then by group. Exact for each shard and window: all that was committed before
 * the call is in it, nothing is in it twice. It is no cut across windows: what is committed meanwhile may be in some.
 *
 * The order of the reads is what makes it exact: registry, heads, blocks. A delta that leaves a head after that was
 * read is in the block by then, and the block's `n` tells; were the blocks read first, it could be missed in both.
 */
export async function queryAggregate(
  deps: QueryDeps,
  aggregate: Aggregate,
  range: WindowRange = {},
): Promise<AggregateRow[]> {
  const heads = await readHeads(deps.table);
  const windows = new Map<WindowStart, GroupTable>();
  for (const head of heads) await addShard(deps, aggregate, range, head, windows);
  const starts = [...windows.keys()].sort((a, b) => a - b);
  return starts.flatMap((start) => rowsOf(aggregate, start, windows.get(start)));
}

async function addShard(
  { table, compression }: QueryDeps,
  aggregate: Aggregate,
  range: WindowRange,
  { shard, head }: ShardHead,
  windows: Map<WindowStart, GroupTable>,
): Promise<void> {
  const add = (start: WindowStart, bytes: Uint8Array) => {
    const groups = decodeGroups(bytes, compression);
    const merged = windows.get(start);
    if (merged === undefined) windows.set(start, groups);
    else mergeCapped(merged, groups, aggregate.groupsMax);
  };
  const pending = new Map(
    head.pending
      .filter(({ key }) => key.aggregate === aggregate.name && key.generation === aggregate.generation)
      .filter(({ key }) => isWithin(key.windowStart, range))
      .map((delta) => [delta.key.windowStart, delta]),
  );
  for await (const block of table.readBlocks(shard, aggregate, range)) {
    add(block.key.windowStart, block.bytes);
    if (isFolded(block, head)) pending.delete(block.key.windowStart);
  }
  for (const [start, delta] of pending) add(start, delta.bytes);
}

function isWithin(start: WindowStart, { from, to }: WindowRange): boolean {
  return (from === undefined || start >= from) && (to === undefined || start < to);
}

function rowsOf(
  aggregate: Aggregate,
  windowStart: WindowStart,
  table: GroupTable | undefined,
): AggregateRow[] {
  if (table === undefined) return [];
  const places = new Map(table.layout.map(({ name }, i) => [name, i]));
  const rows = [...table.keys()].map((key) => {
    const values = groupValuesOf(key, aggregate.groupBy.length);
    const state = table.values(table.row(key));
    return {
      group: Object.fromEntries(aggregate.groupBy.map((field, i) => [field, values[i] ?? null])),
      windowStart,
      windowEnd: windowStart + aggregate.window.sizeMs,
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
