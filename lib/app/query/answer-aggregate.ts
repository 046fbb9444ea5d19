import { decodeGroups } from '#core/block-codec.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { earliest, latest } from '#core/time/watermarks.ts';
import type { WindowRange } from '../ports/table.ts';
import { type AggregateRow, rowsOf } from './aggregate-rows.ts';
import { answerSessions } from './answer-sessions.ts';
import type { QueryDeps } from './query-aggregate.ts';
import { type PipelineState, readState } from './read-heads.ts';
import { isOver } from './retention.ts';
import { readWindows } from './window-parts.ts';

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
}

/** An aggregate's values, and how fresh and complete they are. */
export interface AggregateAnswer {
  /** By window and then by group; all that was committed is in them, late events too. */
  readonly rows: readonly AggregateRow[];
  /** The windows of the rows, ascending. */
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
  const parts = await readWindows(table, aggregate, level, range, state, finals);
  const rows: AggregateRow[] = [];
  const windows: WindowState[] = [];
  for (const [windowStart, { onTime, late }] of [...parts].sort(([a], [b]) => a - b)) {
    const windowEnd = (windowStart + levelMs) as EpochMs;
    if (isOver(windowEnd, level.retentionMs, finalThrough)) continue;
    let merged: GroupTable | undefined;
    for (const bytes of [...onTime, ...late]) {
      const groups = decodeGroups(bytes, compression);
      if (merged === undefined) merged = groups;
      else mergeCapped(merged, groups, aggregate.groupsMax);
    }
    if (merged === undefined) continue;
    const final = finalThrough !== null && windowEnd <= finalThrough;
    windows.push({ windowStart, windowEnd, final, amended: final && late.length > 0 });
    rows.push(...rowsOf(aggregate, windowStart, levelMs, merged));
  }
  return { rows, windows, ...fresh };
}

function watermarkOf({ registry, heads }: PipelineState): EpochMs | null {
  const live = heads.filter(({ head }) => !head.ended);
  return latest([registry.closedThrough, earliest(live.map(({ head }) => head.watermark))]);
}

function newestOf({ heads }: PipelineState): EpochMs | null {
  return latest(heads.map(({ head }) => head.newest?.time ?? null));
}
