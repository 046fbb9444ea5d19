import { decodeGroups } from '#core/block-codec.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import { GroupTable } from '#core/group-table.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import {
  inLayout,
  isKnown,
  layoutOf,
  type OtherGeneration,
  otherGenerations,
} from '#core/protocol/definitions.ts';
import { earliest, latest } from '#core/time/watermarks.ts';
import type { WindowRange } from '../ports/table.ts';
import { type AggregateRow, rowsOf } from './aggregate-rows.ts';
import { answerSessions } from './answer-sessions.ts';
import type { QueryDeps } from './query-aggregate.ts';
import { type PipelineState, readState } from './read-heads.ts';
import { isOver } from './retention.ts';
import { type WindowHoles, windowHolesOf } from './window-holes.ts';
import { type PartsByWindow, readWindows, type WindowParts } from './window-parts.ts';

/** Which windows to answer for: those that begin in the range. */
export interface Question extends WindowRange {
  /** Size of the windows, in milliseconds: the aggregate's own, where it is not given, or one of its roll-ups; of sessions, the gap. */
  readonly levelMs?: number;
}

/** What one window's numbers are worth. */
export interface WindowState {
  readonly windowStart: WindowStart;
  readonly windowEnd: EpochMs;
  /** Closed: nothing that comes on time can change it any more. */
  readonly final: boolean;
  /** Closed, and something came late all the same: it is in the rows. */
  readonly amended: boolean;
  /**
   * Metrics that not all of the window's events are in: some were counted by a definition that did not have them, or
   * in which they meant something else. Of groups that have nothing but such events they are `null`.
   */
  readonly partial?: readonly string[];
  /** What the rows lack, since it was left out under load and not caught up on yet; where it is nothing, there is none. */
  readonly holes?: WindowHoles;
}

/** An aggregate's values, and how fresh and complete they are. */
export interface AggregateAnswer {
  /** By window and then by group; all that was committed is in them, late events too. */
  readonly rows: readonly AggregateRow[];
  /** The windows of the rows, ascending, and those of which all that came was left out. */
  readonly windows: readonly WindowState[];
  /** Up to where the stream is complete: the least of the shards'; `null` before the first event. */
  readonly watermark: EpochMs | null;
  /** The time of the newest event counted, over all shards; `null` before the first. */
  readonly newestEvent: EpochMs | null;
}

/**
 * An aggregate's values. Exact for each shard and window: all that was committed before the call is in it, nothing is
 * in it twice. It is no cut across windows: what is committed meanwhile may be in some.
 *
 * The order of the reads is what makes it exact: registry, heads, blocks, finals. A delta that leaves a head after
 * that was read is in the block by then, and the block's `n` tells; were the blocks read first, it could be missed in
 * both. Throws `RangeError` for a level that the aggregate does not have.
 */
export async function answerAggregate(
  deps: QueryDeps,
  aggregate: Aggregate,
  { levelMs = aggregate.window.sizeMs, ...range }: Question = {},
): Promise<AggregateAnswer> {
  const level = aggregate.levels.find(({ sizeMs }) => sizeMs === levelMs);
  if (level === undefined)
    throw new RangeError(`aggregate '${aggregate.name}' has no windows of ${levelMs} ms`);
  const { table, compression, finals } = deps;
  const state = await readState(table);
  const { finalThrough } = state.registry;
  const fresh = { watermark: watermarkOf(state), newestEvent: newestOf(state) };
  const { window } = aggregate;
  if (window.type === 'session')
    return { ...(await answerSessions(deps, aggregate, window, range, state)), ...fresh };
  const { definitions } = state.registry;
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
  const rows: AggregateRow[] = [];
  const windows: WindowState[] = [];
  for (const windowStart of [...starts].sort((a, b) => a - b)) {
    const windowEnd = (windowStart + levelMs) as EpochMs;
    if (isOver(windowEnd, level.retentionMs, finalThrough)) continue;
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
    const holes = windowHolesOf(merged);
    if (merged.size === 0 && holes === undefined) continue;
    const final = finalThrough !== null && windowEnd <= finalThrough;
    windows.push({
      ...{ windowStart, windowEnd, final, amended: final && isLate },
      ...(holes && { holes }),
      ...(missing.size > 0 && { partial: [...missing] }),
    });
    rows.push(
      ...rowsOf(aggregate, windowStart, levelMs, merged, (key) => (counted.has(key) ? NONE : missing)),
    );
  }
  return { rows, windows, ...fresh };
}

const NONE: ReadonlySet<string> = new Set();

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

function watermarkOf({ registry, heads }: PipelineState): EpochMs | null {
  const live = heads.filter(({ head }) => !head.ended);
  return latest([registry.closedThrough, earliest(live.map(({ head }) => head.watermark))]);
}

function newestOf({ heads }: PipelineState): EpochMs | null {
  return latest(heads.map(({ head }) => head.newest?.time ?? null));
}
