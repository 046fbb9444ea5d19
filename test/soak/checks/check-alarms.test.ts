import { describe, expect, test } from 'vitest';
import type { AlarmTurn } from '../collect/alarm-timeline.ts';
import { parseFaultSchedule } from '../faults/fault-schedule.ts';
import { checkAlarms } from './check-alarms.ts';

const { faults } = parseFaultSchedule(
  'a schedule',
  JSON.stringify({
    about: 'a test',
    faults: [
      {
        fault: 'table-down',
        at: '01:00',
        for: '20m',
        alarms: ['batches-unfinished'],
        mayFire: ['finals-stale'],
      },
    ],
  }),
);

/** An alarm that was on from one minute to another, or for good. */
const on = (alarm: string, from: number, to?: number): AlarmTurn[] => [
  { alarm, minute: from, state: 'ALARM' },
  ...(to === undefined ? [] : [{ alarm, minute: to, state: 'OK' as const }]),
];
const holds = (...turns: AlarmTurn[]) => checkAlarms({ faults, turns }).map(({ ok }) => ok);

describe('alarms of a run', () => {
  test('fired while their fault was there or soon after, and ended', () => {
    expect(holds(...on('batches-unfinished', 65, 83))).toEqual([true, true]);
    expect(holds(...on('batches-unfinished', 94, 99))).toEqual([true, true]);
    expect(holds(...on('batches-unfinished', 65, 83), ...on('finals-stale', 70, 90))).toEqual([true, true]);
  });

  test('that did not fire, or did not end, fail the run', () => {
    expect(holds()).toEqual([false, true]);
    expect(holds(...on('batches-unfinished', 65))).toEqual([false, true]);
    expect(holds(...on('batches-unfinished', 65, 200))).toEqual([false, true]);
  });

  test('that no fault explains fail it too: at another time, or of another name', () => {
    const expected = on('batches-unfinished', 65, 83);
    expect(holds(...expected, ...on('batches-unfinished', 30, 31))).toEqual([true, false]);
    expect(holds(...expected, ...on('batches-unfinished', 120, 125))).toEqual([true, false]);
    expect(holds(...expected, ...on('function-errors', 65, 70))).toEqual([true, false]);
    // The one that sums up the others needs no explanation of its own.
    expect(holds(...expected, ...on('pipeline-unhealthy', 65, 83))).toEqual([true, true]);
  });
});
