import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import type { Aggregate, SessionWindow } from '#core/pipeline/pipeline.ts';
import { lookBackTo, type Pane, SessionJoiner, seriesBefore } from '#core/sessions/session-joiner.ts';
import { windowStartOf } from '#core/time/window.ts';
import type { WindowRange } from '../ports/table.ts';
import { type AggregateRow, inOrder, rowMaker } from './aggregate-rows.ts';
import type { WindowState } from './answer-aggregate.ts';
import type { QueryDeps } from './query-aggregate.ts';
import type { PipelineState } from './read-heads.ts';
import { PaneReader } from './read-panes.ts';
import { isOver } from './retention.ts';
import { windowHolesOf } from './window-holes.ts';
import { windowText } from './window-text.ts';

/** Sessions as rows, and each of their windows once. */
export interface Sessions {
  readonly rows: readonly AggregateRow[];
  readonly windows: readonly WindowState[];
}

/**
 * The sessions of an aggregate that begin in a range, each as a whole: what is before the range tells whether they
 * begin there, and what is behind it may belong to them. As with other windows, each pane is exact, and they are no cut
 * across panes.
 */
export async function answerSessions(
  deps: QueryDeps,
  aggregate: Aggregate,
  window: SessionWindow,
  { from, to }: WindowRange,
  state: PipelineState,
): Promise<Sessions> {
  const [level] = aggregate.levels;
  if (level === undefined) throw new RangeError(`aggregate '${aggregate.name}' has no level`);
  const panes = new PaneReader(deps, aggregate, level, state);
  const { everyMs } = window;
  const firstPane = from === undefined ? undefined : ((Math.floor(from / everyMs) * everyMs) as WindowStart);
  const endOfPanes = to === undefined ? undefined : Math.ceil(to / everyMs) * everyMs;
  const bounds = { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY };
  let joiner: SessionJoiner | undefined;
  const holes: WindowState[] = [];
  const range = {
    ...(firstPane !== undefined && { from: firstPane }),
    ...(endOfPanes !== undefined && { to: endOfPanes as WindowStart }),
  };
  for await (const pane of panes.within(range)) {
    joiner ??= new SessionJoiner(window, bounds, await before(panes, window, pane, firstPane));
    joiner.take(pane);
    holes.push(...holesOf(pane, everyMs));
  }
  if (joiner === undefined) return { rows: [], windows: [] };
  if (endOfPanes !== undefined && joiner.goesOnAt(endOfPanes)) {
    for await (const pane of panes.onwards(endOfPanes)) {
      joiner.take(pane);
      holes.push(...holesOf(pane, everyMs));
      if (!joiner.goesOnAt(pane.start + everyMs)) break;
    }
  }
  const sessions = sessionsOf(aggregate, window, joiner, state.registry.finalThrough);
  return { ...sessions, windows: [...sessions.windows, ...holes].sort(byTime) };
}

/** What was left out belongs to sessions that are not known yet: it is told by pane, as a window of its own. */
function holesOf({ start, table }: Pane, everyMs: number): WindowState[] {
  const holes = windowHolesOf(table);
  if (holes === undefined) return [];
  const windowEnd = (start + everyMs) as EpochMs;
  return [{ windowStart: start, windowEnd, final: false, amended: false, holes }];
}

function byTime(a: WindowState, b: WindowState): number {
  return a.windowStart - b.windowStart || a.windowEnd - b.windowEnd;
}

/** Which of the first pane's groups had begun before it; without a beginning of the range, none. */
async function before(
  panes: PaneReader,
  window: SessionWindow,
  pane: Pane,
  firstPane: WindowStart | undefined,
): Promise<ReadonlyMap<GroupKey, number>> {
  if (pane.start !== firstPane) return new Map();
  return seriesBefore(window, pane, panes.backwards(firstPane, lookBackTo(firstPane, window)));
}

function sessionsOf(
  aggregate: Aggregate,
  { everyMs, retentionMs }: SessionWindow,
  joiner: SessionJoiner,
  finalThrough: EpochMs | null,
): Sessions {
  // What comes on time is in panes that begin there or later.
  const firstOpenPane =
    finalThrough === null ? Number.NEGATIVE_INFINITY : windowStartOf(finalThrough, everyMs);
  const rows: AggregateRow[] = [];
  const windows = new Map<string, WindowState>();
  const toRow = rowMaker(aggregate, joiner.layout);
  for (const { end, group, hasLate, isCut, start, values } of joiner.sessions()) {
    if (isOver(end, retentionMs, finalThrough)) continue;
    // An event at the very end would still be part of the session, unless it was cut there.
    const final = isCut ? end <= firstOpenPane : end < firstOpenPane;
    const row = toRow(group, start, end, values);
    const text = windowText(row);
    const known = windows.get(text);
    rows.push(row);
    windows.set(text, {
      windowStart: start as WindowStart,
      windowEnd: end as EpochMs,
      final: final && (known?.final ?? true),
      amended: (final && hasLate) || (known?.amended ?? false),
    });
  }
  return {
    rows: inOrder(rows),
    windows: [...windows.values()],
  };
}
