import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import { GroupTable } from '#core/group-table.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { layoutOf } from '#core/protocol/definitions.ts';
import { earliest, latest } from '#core/time/watermarks.ts';
import type { WindowRange } from '../ports/table.ts';
import { type AggregateRow, rowsOf } from './aggregate-rows.ts';
import { answerSessions } from './answer-sessions.ts';
import type { QueryDeps } from './query-aggregate.ts';
import { type PipelineState, readState } from './read-heads.ts';
import { type WindowHoles, windowHolesOf } from './window-holes.ts';
import { readWindowTables } from './window-tables.ts';

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
  const state = await readState(deps.table);
  const { finalThrough } = state.registry;
  const fresh = { watermark: watermarkOf(state), newestEvent: newestOf(state) };
  const { window } = aggregate;
  if (window.type === 'session')
    return { ...(await answerSessions(deps, aggregate, window, range, state)), ...fresh };
  const rows: AggregateRow[] = [];
  const windows: WindowState[] = [];
  for (const each of await readWindowTables(deps, aggregate, level, range, state)) {
    const { counted, isLate, missing, table: merged, windowStart } = each;
    const windowEnd = (windowStart + levelMs) as EpochMs;
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

/**
 * The values that the windows of a range have together, as one window from where the first begins to where the last
 * ends: of each group one row, as if the aggregate had windows of that size. As exact as `answerAggregate`; what is no
 * more kept, or not yet come, is in it as nothing. Read some windows at a time, so that memory is bounded.
 *
 * Throws `RangeError` for a level that the aggregate does not have, or whose windows overlap: an event is in several.
 */
export async function answerTogether(
  deps: QueryDeps,
  aggregate: Aggregate,
  { from, levelMs, to }: Required<Question>,
): Promise<AggregateAnswer> {
  const level = aggregate.levels.find(({ sizeMs }) => sizeMs === levelMs);
  if (level === undefined || level.everyMs !== levelMs || aggregate.window.type === 'session')
    throw new RangeError(`aggregate '${aggregate.name}' has no windows of ${levelMs} ms side by side`);
  const start = (Math.ceil(from / levelMs) * levelMs) as WindowStart;
  const end = (Math.ceil(to / levelMs) * levelMs) as EpochMs;
  const state = await readState(deps.table);
  const { finalThrough } = state.registry;
  const total = GroupTable.empty(layoutOf(aggregate));
  const counted = new Set<GroupKey>();
  const missing = new Set<string>();
  let isLate = false;
  for (let at: number = start; at < end; at += WINDOWS_AT_ONCE * levelMs) {
    const range = {
      from: at as WindowStart,
      to: Math.min(end, at + WINDOWS_AT_ONCE * levelMs) as WindowStart,
    };
    for (const each of await readWindowTables(deps, aggregate, level, range, state)) {
      mergeCapped(total, each.table, aggregate.groupsMax);
      for (const key of each.counted) counted.add(key);
      for (const name of each.missing) missing.add(name);
      isLate ||= each.isLate;
    }
  }
  const fresh = { watermark: watermarkOf(state), newestEvent: newestOf(state) };
  const holes = windowHolesOf(total);
  if (total.size === 0 && holes === undefined) return { rows: [], windows: [], ...fresh };
  const final = finalThrough !== null && end <= finalThrough;
  const window = {
    ...{ windowStart: start, windowEnd: end, final, amended: final && isLate },
    ...(holes && { holes }),
    ...(missing.size > 0 && { partial: [...missing] }),
  };
  const isUnknown = (key: GroupKey) => (key === OTHER_GROUP || counted.has(key) ? NONE : missing);
  return { rows: rowsOf(aggregate, start, end - start, total, isUnknown), windows: [window], ...fresh };
}

const NONE: ReadonlySet<string> = new Set();
/** Windows whose stored bytes are in memory at a time: each may have a block of every shard, of some hundred KB. */
const WINDOWS_AT_ONCE = 32;

function watermarkOf({ registry, heads }: PipelineState): EpochMs | null {
  const live = heads.filter(({ head }) => !head.ended);
  return latest([registry.closedThrough, earliest(live.map(({ head }) => head.watermark))]);
}

function newestOf({ heads }: PipelineState): EpochMs | null {
  return latest(heads.map(({ head }) => head.newest?.time ?? null));
}
