import type { Head } from '#core/protocol/head.ts';
import type { Version } from './draw-change.ts';
import type { ExpectedEvent } from './expected-event.ts';
import { isHoldable, type Mark } from './left-out.ts';
import { aggregatesOf, naiveStart, retentionOf, windowSizeMs } from './naive-windows.ts';
import type { Plan } from './plan.ts';
import type { AggregateName } from './simulated-pipeline.ts';

/** What became of a good event in one aggregate. */
export type Taken = 'on_time' | 'late' | 'expired';

/** What became of one event, by aggregate; nothing where it is invalid. */
export type TakenBy = Partial<Record<AggregateName, Taken>>;

/** Some events of a shard, counted one after the other: what that must do to the head. */
export interface Timed {
  readonly taken: readonly TakenBy[];
  readonly marks: readonly Mark[];
  readonly watermark: number | null;
  readonly aggregated: number;
  readonly late: number;
  readonly expired: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly held: number;
  readonly reduced: number;
  /** The latest end of a window to which they add on time. */
  readonly lastEnd: number | null;
  readonly newest: Head['newest'];
}

/** An event that was put, and when it arrived. */
export interface ArrivedEvent {
  readonly event: ExpectedEvent;
  readonly arrivalMs: number;
  /** The size of its record, if it is the last in it; else 0. */
  readonly bytesEnded: number;
}

/**
 * The rule of lateness written down a second time: an event is late if its window's end is no later than the shard's
 * own watermark as it is when the event's turn comes; expired, if no level keeps the window any more. `level`: how much
 * is left out of them, but for those that some aggregate keeps no more.
 */
export function timeEvents(
  plan: Plan,
  watermark: number | null,
  events: readonly ArrivedEvent[],
  isDuplicate: readonly boolean[],
  { level, version }: { readonly level: number; readonly version: Version },
): Timed {
  const aggregates = aggregatesOf(plan, version);
  const sums = { aggregated: 0, late: 0, expired: 0, invalid: 0, duplicate: 0, held: 0, reduced: 0 };
  const isHolding = level === 2 && plan.levels?.hasPriority === true;
  const isReducing = level > 0 && plan.levels?.hasEssential === true;
  const taken: TakenBy[] = [];
  const marks: Mark[] = [];
  let running = watermark;
  let lastEnd: number | null = null;
  let newest: Head['newest'] = null;
  for (const [i, { event, arrivalMs }] of events.entries()) {
    const by: TakenBy = {};
    const ends: number[] = [];
    for (const name of aggregates) {
      const sizeMs = windowSizeMs(plan, name);
      const end = naiveStart(event.time, sizeMs) + sizeMs;
      const isOpen = running === null || end > running;
      const retentionMs = retentionOf(plan, name);
      const isKept = running === null || retentionMs === 0 || end > running - retentionMs;
      by[name] = isOpen ? 'on_time' : isKept ? 'late' : 'expired';
      if (isOpen) ends.push(end);
    }
    const all = Object.values(by);
    const mayLeaveOut = !all.includes('expired');
    const isHeld = isHolding && mayLeaveOut && isHoldable(event);
    if (isDuplicate[i] || (event.verdict !== 'good' && !isHeld)) {
      if (event.verdict !== 'canary') sums[isDuplicate[i] ? 'duplicate' : 'invalid'] += 1;
      taken.push({});
      marks.push('kept');
      continue;
    }
    for (const end of ends) lastEnd = Math.max(lastEnd ?? end, end);
    taken.push(by);
    const mark = isHeld ? 'held' : isReducing && mayLeaveOut ? 'reduced' : 'kept';
    marks.push(mark);
    if (mark !== 'kept') sums[mark] += 1;
    if (isHeld) {
      // It is none of the others until it is repaired.
    } else if (all.every((each) => each === 'on_time')) sums.aggregated += 1;
    else if (all.every((each) => each === 'expired')) sums.expired += 1;
    else sums.late += 1;
    const time = Math.min(event.time, arrivalMs);
    running = Math.max(running ?? time - plan.latenessMs, time - plan.latenessMs);
    if (newest === null || time > newest.time) newest = { time, arrival: arrivalMs } as Head['newest'];
  }
  return { taken, marks, watermark: running, ...sums, lastEnd, newest };
}
