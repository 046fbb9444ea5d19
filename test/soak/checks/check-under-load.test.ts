import { describe, expect, test } from 'vitest';
import type { MinuteSample } from '../collect/minutes.ts';
import { parseFaultSchedule } from '../faults/fault-schedule.ts';
import { leftOutBands } from '../report/left-out.ts';
import type { SoakFindings } from '../soak-result.ts';
import type { Look } from '../under-load/look.ts';
import { checkUnderLoad } from './check-under-load.ts';

const schedule = parseFaultSchedule(
  'a schedule',
  JSON.stringify({
    about: 'a test',
    underLoad: { during: 'flash-crowd', after: '5m', every: '1m', staleMax: '10s', loadMin: 3 },
    faults: [{ fault: 'flash-crowd', at: '00:10', for: '10m', times: 4 }],
  }),
);

/** Half an hour: load from minute 11 to 20, something left out from 12 on, and repaired at 25. */
function minutes(change: (minute: number) => Partial<MinuteSample> = () => ({})): MinuteSample[] {
  return Array.from({ length: 30 }, (_, i) => {
    const minute = i + 1;
    const isUnder = minute > 10 && minute <= 20;
    return {
      minute,
      eventsPut: isUnder ? 18_000 : 1000,
      lagMs: minute <= 14 ? 60_000 : 5000,
      level: minute > 11 && minute <= 22 ? 1 : 0,
      eventsReduced: minute > 11 && minute <= 22 ? 100 : 0,
      eventsHeld: 0,
      eventsRepaired: minute === 25 ? 1100 : 0,
      eventsLost: 0,
      holeAgeMs: minute > 11 && minute < 25 ? 60_000 : 0,
      ...change(minute),
    } as MinuteSample;
  });
}

const look = (minute: number, change: Partial<Look> = {}): Look => ({
  ...{ minute, staleMs: 4000, level: 1, rows: 100, wrong: 0, example: undefined, wrongHoles: 0, lacking: 3 },
  ...change,
});

function holds(change: Partial<SoakFindings> = {}): boolean[] {
  const findings = {
    minutes: minutes(),
    looks: [look(15), look(16), look(20)],
    capacityPerSecond: 100,
    repair: { oldestHoleMs: 0 },
    ledger: { held: 0 },
    ...change,
  } as SoakFindings;
  return checkUnderLoad(findings, schedule).map(({ ok }) => ok);
}

const but = (failed: number) => [0, 1, 2, 3, 4].map((i) => i !== failed);

describe('what must hold under load', () => {
  test('holds where it does', () => {
    expect(holds()).toEqual([true, true, true, true, true]);
  });

  test('fails with what does not', () => {
    expect(holds({ capacityPerSecond: 101 })).toEqual(but(0));
    expect(holds({ looks: [look(15), look(16, { wrong: 1, example: 'a' })] })).toEqual(but(1));
    expect(holds({ looks: [look(15), look(16, { wrongHoles: 1 })] })).toEqual(but(2));
    expect(holds({ looks: [look(15, { staleMs: 10_000 })] })).toEqual(but(3));
    expect(holds({ minutes: minutes((minute) => (minute === 16 ? { lagMs: 10_000 } : {})) })).toEqual(but(3));
    expect(holds({ minutes: minutes((minute) => (minute === 25 ? { eventsRepaired: 1099 } : {})) })).toEqual(
      but(4),
    );
    expect(holds({ repair: { oldestHoleMs: 1 } as SoakFindings['repair'] })).toEqual(but(4));
    expect(holds({ minutes: minutes((minute) => (minute === 3 ? { eventsLost: 1 } : {})) })).toEqual(but(4));
  });

  test('holds nothing to be shown that nobody looked at, nor that nothing was left out', () => {
    expect(holds({ looks: [] })).toEqual([true, false, false, true, true]);
    expect(holds({ looks: [look(14), look(21)] })).toEqual([true, false, false, true, true]);
    expect(holds({ looks: [look(15, { lacking: 0 })] })).toEqual(but(2));
  });
});

test('lanes of a report are from when to when something was left out, was lacking, and was added', () => {
  expect(leftOutBands(minutes())).toEqual([
    { title: 'level 1 or 2: essential metrics only', start: 11, end: 22 },
    { title: 'holes open', start: 11, end: 24 },
    { title: 'repairing', start: 24, end: 25 },
  ]);
  const none = { level: 0, eventsReduced: 0, eventsRepaired: 0, holeAgeMs: 0 };
  expect(leftOutBands(minutes(() => none))).toEqual([]);
});
