import { areDetails } from './naive-details.ts';
import { areKinds } from './naive-kinds.ts';
import { type Asking, areOfVersion } from './naive-versions.ts';
import { mergedWindow, type NaiveWindow } from './naive-windows.ts';
import type { AggregateName } from './simulated-pipeline.ts';

/** What is looked at of a row. */
export interface CheckedRow {
  readonly group: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** What the groups beyond the cap are shown as. */
const OTHER_VALUE = '__other__';
/** Choices that are tried; an answer is hardly ever given while so many commits happen. */
const CHOICES_MAX = 5000;

/**
 * Whether an answer for one window is what it should be, for one choice of each shard's possible states: those that
 * its commits have made it pass through between the beginning and the end of the read.
 */
export function isOneOf(
  aggregate: AggregateName,
  rows: readonly CheckedRow[],
  shards: readonly (readonly (NaiveWindow | undefined)[])[],
  windowMs: number,
  holes?: ShownHoles,
): boolean {
  return isForSome(
    shards,
    (window) => areHoles(holes, window) && isAnswer(aggregate, rows, window, windowMs),
  );
}

/** The same, of what an answer says that a window lacks, whatever its rows are. */
export function areHolesOfOne(
  holes: ShownHoles | undefined,
  shards: readonly (readonly (NaiveWindow | undefined)[])[],
): boolean {
  return isForSome(shards, (window) => areHoles(holes, window));
}

function isForSome(
  shards: readonly (readonly (NaiveWindow | undefined)[])[],
  holds: (window: NaiveWindow) => boolean,
): boolean {
  let choices = 1;
  for (const states of shards) choices *= states.length;
  if (choices > CHOICES_MAX) return true;
  for (let choice = 0; choice < choices; choice++) {
    let left = choice;
    const chosen = shards.map((states) => {
      const state = states[left % states.length];
      left = Math.floor(left / states.length);
      return state;
    });
    if (holds(mergedWindow(chosen))) return true;
  }
  return false;
}

/** What an answer says that a window lacks. */
export interface ShownHoles {
  readonly reduced: number;
  readonly held: number;
}

/** Whether what is said to be lacking is what is: where a repair is seen before what it repairs, that is nothing. */
export function areHoles(shown: ShownHoles | undefined, { held, reduced }: NaiveWindow): boolean {
  if (held <= 0 && reduced <= 0) return shown === undefined;
  return shown?.reduced === Math.max(0, reduced) && shown.held === Math.max(0, held);
}

/** Whether rows are the answer for a window in this state. */
export function isAnswer(
  aggregate: AggregateName,
  rows: readonly CheckedRow[],
  window: NaiveWindow,
  windowMs: number,
  asking: Asking = { change: undefined, version: 0, own: window },
): boolean {
  if (aggregate === 'capped') return areCappedGroups(rows, window);
  if (rows.length !== window.size) return false;
  return rows.every(({ group, metrics }) => {
    const naive = window.get(JSON.stringify(Object.values(group)));
    if (naive === undefined || naive.events !== metrics['events'] || naive.total !== metrics['total'])
      return false;
    if (aggregate === 'total' || aggregate === 'extra') return true;
    if (aggregate === 'kinds') return areKinds(metrics, naive.all);
    if (aggregate === 'details') return areDetails(metrics, naive.all, windowMs);
    if (aggregate === 'visits') return naive.first === metrics['$first'] && naive.last === metrics['$last'];
    return areOfVersion(metrics, naive, asking.own.get(JSON.stringify(Object.values(group))), asking);
  });
}

/** Which groups are kept apart depends on the order of the folds; all of them together must be all events. */
function areCappedGroups(rows: readonly CheckedRow[], window: NaiveWindow): boolean {
  let events = 0;
  let total = 0;
  for (const { group, metrics } of rows) {
    const values = Object.values(group);
    const naive = window.get(JSON.stringify(values));
    const isOther = values.every((value) => value === OTHER_VALUE);
    if (!isOther && (naive?.events ?? 0) < Number(metrics['events'])) return false;
    events += Number(metrics['events']);
    total += Number(metrics['total']);
  }
  for (const naive of window.values()) {
    events -= naive.events;
    total -= naive.total;
  }
  return events === 0 && total === 0;
}

/** Whether an answer has at least what was there when it was asked for, and no more than there is now. */
export function isBetween(
  aggregate: AggregateName,
  rows: readonly CheckedRow[],
  least: NaiveWindow,
  most: NaiveWindow,
): boolean {
  const answered = new Map(
    rows.map(({ group, metrics }) => [JSON.stringify(Object.values(group)), Number(metrics['events'])]),
  );
  if (aggregate === 'capped') {
    const all = [...answered.values()].reduce((sum, events) => sum + events, 0);
    return all >= eventsOf(least) && all <= eventsOf(most);
  }
  const isKnown = [...answered].every(([key, events]) => events <= (most.get(key)?.events ?? 0));
  return isKnown && [...least].every(([key, { events }]) => (answered.get(key) ?? 0) >= events);
}

/** How many events a window has, over all groups. */
export function eventsOf(window: NaiveWindow): number {
  return [...window.values()].reduce((sum, group) => sum + group.events, 0);
}
