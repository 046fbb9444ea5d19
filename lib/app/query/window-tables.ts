import { decodeGroups } from '#core/block-codec.ts';
import type { GroupKey, WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import { GroupTable } from '#core/group-table.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import {
  inLayout,
  isKnown,
  layoutOf,
  type OtherGeneration,
  otherGenerations,
} from '#core/protocol/definitions.ts';
import type { WindowRange } from '../ports/table.ts';
import type { QueryDeps } from './query-aggregate.ts';
import type { PipelineState } from './read-heads.ts';
import { isOver } from './retention.ts';
import { type PartsByWindow, readWindows, type WindowParts } from './window-parts.ts';

/** All that a window has come to, over shards and generations. */
export interface WindowTable {
  readonly windowStart: WindowStart;
  readonly table: GroupTable;
  /** Whether something came after a shard had passed the window. */
  readonly isLate: boolean;
  /** Metrics that not all of the window's events are in. */
  readonly missing: ReadonlySet<string>;
  /** Groups that have events which all metrics are in. */
  readonly counted: ReadonlySet<GroupKey>;
}

/**
 * The windows of one level that begin in a range, ascending, of which anything is stored and their retention has not
 * passed; after registry and heads were read.
 */
export async function readWindowTables(
  { compression, finals, table }: QueryDeps,
  aggregate: Aggregate,
  level: Level,
  range: WindowRange,
  state: PipelineState,
): Promise<WindowTable[]> {
  const { definitions, finalThrough } = state.registry;
  // Until `close` has met the definition, it may still get finals of windows that are final already.
  const cache = isKnown(aggregate, definitions) ? finals : undefined;
  const own = await readWindows(table, aggregate, level, range, state, cache);
  const others: (OtherGeneration & { readonly parts: PartsByWindow })[] = [];
  for (const other of otherGenerations(aggregate, definitions)) {
    const parts = await readWindows(table, other.aggregate, level, range, state, finals);
    others.push({ ...other, parts });
  }
  const starts = new Set([own, ...others.map(({ parts }) => parts)].flatMap((parts) => [...parts.keys()]));
  const decode = (parts: WindowParts | undefined) => mergeParts(parts, aggregate.groupsMax, compression);
  const windows: WindowTable[] = [];
  for (const windowStart of [...starts].sort((a, b) => a - b)) {
    if (isOver(windowStart + level.sizeMs, level.retentionMs, finalThrough)) continue;
    const stored = decode(own.get(windowStart));
    const merged = stored?.table ?? GroupTable.empty(layoutOf(aggregate));
    let isLate = stored?.isLate ?? false;
    const counted = new Set(merged.keys());
    const missing = new Set<string>();
    for (const { parts, shared } of others) {
      const groups = decode(parts.get(windowStart));
      if (groups === undefined) continue;
      isLate ||= groups.isLate;
      mergeCapped(merged, inLayout(groups.table, merged.layout, shared), aggregate.groupsMax);
      for (const { name } of aggregate.metrics) if (!shared.has(name)) missing.add(name);
    }
    windows.push({ windowStart, table: merged, isLate, missing, counted });
  }
  return windows;
}

/** What a window's parts come to; `undefined` where there are none. */
function mergeParts(
  parts: WindowParts | undefined,
  groupsMax: number,
  compression: Compression,
): { readonly table: GroupTable; readonly isLate: boolean } | undefined {
  let table: GroupTable | undefined;
  let isLate = false;
  const { late = [], onTime = [] } = parts ?? {};
  for (const [i, bytes] of [...onTime, ...late].entries()) {
    const groups = decodeGroups(bytes, compression);
    // One that has no groups says only what was left out.
    isLate ||= i >= onTime.length && groups.size > 0;
    if (table === undefined) table = groups;
    else mergeCapped(table, groups, groupsMax);
  }
  return table && { table, isLate };
}
