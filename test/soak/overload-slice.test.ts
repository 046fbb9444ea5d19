import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readFaultSchedule } from './faults/fault-schedule.ts';
import { reportHtml } from './report/report.ts';
import { runSoak } from './soak.ts';
import type { SoakResult } from './soak-result.ts';

const SLICE = fileURLToPath(new URL('./scenarios/overload-slice.json', import.meta.url));
const MINUTES = 18;

let result: SoakResult;

beforeAll(async () => {
  result = await runSoak({
    hours: MINUTES / 60,
    minutesPerHour: 0.5,
    seed: 7,
    schedule: await readFaultSchedule(SLICE),
    tell: () => {},
  });
  // A busy machine makes it longer.
}, 600_000);

describe('a slice of an overload', () => {
  test('shows all that it has to show: essential metrics exact and fresh, and all of them after repair', () => {
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    // The ledger, the letters, two of alarms, logs, five of the load, and two aggregates at two levels.
    expect(result.checks).toHaveLength(14);
    expect(result.looks.map(({ minute }) => minute)).toEqual([6, 7]);
    expect(result.looks.every(({ lacking, rows }) => lacking > 0 && rows > 50)).toBe(true);
  });

  test('has left out metrics at first, and then events, as the lag did not shrink', () => {
    const highest = result.minutes.map(({ level }) => level);
    const first = (level: number) => highest.findIndex((one) => one >= level) + 1;
    expect(first(1)).toBeGreaterThan(1);
    expect(first(2)).toBeGreaterThan(first(1));
    expect(highest.at(-1)).toBe(0);
    // It is what the function can take that makes the lag, not this machine.
    const lagMs = Math.max(...result.minutes.map((one) => one.lagMs));
    expect(lagMs).toBeGreaterThan(30_000);
    expect(lagMs).toBeLessThan(150_000);
  });

  test('tells in its report what was left out, and when', () => {
    const page = reportHtml(result);
    for (const lane of ['level 2: no low priority', 'holes open', 'repairing', 'Left out, and repaired'])
      expect(page).toContain(lane);
    expect(page).not.toContain('NaN');
  });
});
