import type { AggregateAnswer } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { type NaiveSession, naiveSessions } from '../core/sessions/naive-sessions.ts';
import type { ExpectedEvent } from './expected-event.ts';
import type { Plan } from './plan.ts';

/** An event as sessions are made of it. */
interface Visit {
  readonly at: number;
  readonly group: string;
  readonly v: number;
}

/** Of one shard: the events that count, in each of the states that a read may have shown of it. */
export type ShardStates = readonly (readonly ExpectedEvent[])[];

/** What is said of a session that was final. */
export interface FinalSession {
  readonly group: string;
  readonly start: number;
  readonly end: number;
  readonly events: number;
}

export function sessionsOf(plan: Plan, events: readonly ExpectedEvent[]): NaiveSession<Visit>[] {
  const visits = events.map(({ time, g, v }) => ({ at: time, group: JSON.stringify([g]), v }));
  return naiveSessions(visits, plan.sessionGapMs, plan.sessionLongestMs);
}

/** Where an answer is not what the events say; `undefined` where it is. `isOver`: sessions of this end are not kept. */
export function explainSessions(
  plan: Plan,
  rows: readonly AggregateRow[],
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: { from?: number; to?: number },
  shards: readonly ShardStates[],
  isOver: (end: number) => boolean,
): string | undefined {
  const least = shards.flatMap((states) => [...(states[0] ?? [])]);
  const most = shards.flatMap((states) => [...(states.at(-1) ?? [])]);
  const exact = explainExact(plan, rows, { from, to }, most, isOver);
  if (exact === undefined || shards.every((states) => states.length <= 1)) return exact;
  // Something was committed meanwhile, of which one pane may have more than another.
  return explainBetween(plan, rows, from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY, {
    ...{ least, most, isOver },
  });
}

function explainExact(
  plan: Plan,
  rows: readonly AggregateRow[],
  { from, to }: { readonly from: number; readonly to: number },
  events: readonly ExpectedEvent[],
  isOver: (end: number) => boolean,
): string | undefined {
  const found = new Map(rows.map((row) => [textOf(row), row]));
  const wanted = sessionsOf(plan, events).filter(({ start }) => start >= from && start < to);
  for (const session of wanted) {
    const { end, events: own, group, start } = session;
    const text = `${group} ${start}/${end}`;
    const row = found.get(text);
    if (row === undefined) {
      if (isOver(end)) continue;
      return `no session ${text}, which has ${own.length} events; there are ${shownOf(rows, group)}`;
    }
    found.delete(text);
    const total = own.reduce((sum, { v }) => sum + v, 0);
    if (row.metrics['events'] !== own.length || row.metrics['total'] !== total)
      return `session ${text} has ${JSON.stringify(row.metrics)}, and not ${own.length} events, ${total} in total`;
  }
  const [extra] = found.keys();
  return extra === undefined ? undefined : `a session ${extra} that no events make`;
}

/** What was committed before the read began must be in it, and nothing else but what has been since. */
function explainBetween(
  plan: Plan,
  rows: readonly AggregateRow[],
  isAll: boolean,
  known: {
    readonly least: readonly ExpectedEvent[];
    readonly most: readonly ExpectedEvent[];
    readonly isOver: (end: number) => boolean;
  },
): string | undefined {
  for (const row of rows) {
    const group = groupOf(row);
    const count = (events: readonly ExpectedEvent[], end: number) =>
      events.filter(({ g, time }) => JSON.stringify([g]) === group && time >= row.windowStart && time <= end)
        .length;
    const events = Number(row.metrics['events']);
    const lastAtLeast = Math.max(row.windowStart, row.windowEnd - plan.sessionGapMs);
    if (events < count(known.least, lastAtLeast) || events > count(known.most, row.windowEnd))
      return `session ${textOf(row)} has ${events} events, more or less than there were`;
  }
  if (!isAll) return undefined;
  const missing = known.least.find(
    ({ g, time }) =>
      !known.isOver(time + plan.sessionGapMs) &&
      !rows.some(
        (row) => groupOf(row) === JSON.stringify([g]) && row.windowStart <= time && row.windowEnd >= time,
      ),
  );
  return missing && `no session has what ${missing.g} did at ${missing.time}`;
}

/** Where what is said of windows is wrong. `late`: events that came late. */
export function explainStates(
  plan: Plan,
  { rows, windows }: AggregateAnswer,
  late: readonly ExpectedEvent[],
  finalBefore: number | null,
  finalNow: number | null,
): string | undefined {
  const firstOpen = (through: number | null) =>
    through === null ? Number.NEGATIVE_INFINITY : Math.floor(through / plan.sessionGapMs) * plan.sessionGapMs;
  for (const { amended, final, holes, windowEnd, windowStart } of windows) {
    // What was left out is told by pane, and no session.
    if (holes !== undefined) continue;
    const text = `${windowStart}/${windowEnd}`;
    const own = rows.filter((row) => row.windowStart === windowStart && row.windowEnd === windowEnd);
    if (own.length === 0) return `a window ${text} of no session`;
    // Where one was cut, nothing can join it at its very end.
    const mustBe = windowEnd < firstOpen(finalBefore);
    const mayBe = windowEnd <= firstOpen(finalNow);
    if ((mustBe && !final) || (final && !mayBe)) return `a session ${text} is said to be final: ${final}`;
    const isLate = late.some(
      ({ g, time }) =>
        time >= windowStart && time <= windowEnd && own.some((row) => groupOf(row) === JSON.stringify([g])),
    );
    if (amended && !(isLate && final)) return `a session ${text} is said to be amended`;
  }
  const missing = rows.find((row) => !windows.some((window) => isOf(window, row)));
  return missing && `session ${textOf(missing)} has no window`;
}

/** The sessions of an answer that are final and have not been amended: they stay, until something comes late. */
export function finalSessions({ rows, windows }: AggregateAnswer): FinalSession[] {
  const final = windows.filter((window) => window.final && !window.amended);
  return rows
    .filter((row) => final.some((window) => isOf(window, row)))
    .map((row) => ({
      group: groupOf(row),
      start: row.windowStart,
      end: row.windowEnd,
      events: Number(row.metrics['events']),
    }));
}

/** Which of some sessions that were final is not as it was, though nothing came late to where it was. */
export function changedSince(
  before: Iterable<FinalSession>,
  { rows, windows }: AggregateAnswer,
  isOver: (end: number) => boolean,
): string | undefined {
  for (const { group, start, end, events } of before) {
    const row = rows.find(
      (each) => groupOf(each) === group && each.windowStart <= start && each.windowEnd > start,
    );
    if (row === undefined) {
      if (isOver(end)) continue;
      return `session ${group} ${start}/${end}, which was final, is gone`;
    }
    const isAmended = windows.some((window) => isOf(window, row) && window.amended);
    const isSame = row.windowStart === start && row.windowEnd === end && row.metrics['events'] === events;
    if (!isSame && !isAmended) return `session ${group} ${start}/${end}, which was final, is ${textOf(row)}`;
  }
  return undefined;
}

function isOf(window: AggregateAnswer['windows'][number], row: AggregateRow): boolean {
  return window.windowStart === row.windowStart && window.windowEnd === row.windowEnd;
}

function groupOf({ group }: AggregateRow): string {
  return JSON.stringify(Object.values(group));
}

function textOf(row: AggregateRow): string {
  return `${groupOf(row)} ${row.windowStart}/${row.windowEnd}`;
}

function shownOf(rows: readonly AggregateRow[], group: string): string {
  return rows
    .filter((row) => groupOf(row) === group)
    .slice(0, 5)
    .map(textOf)
    .join(', ');
}
