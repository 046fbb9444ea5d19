import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { firingsOf } from './collect/alarm-timeline.ts';
import { readFaultSchedule } from './faults/fault-schedule.ts';
import { reportHtml } from './report/report.ts';
import { runSoak } from './soak.ts';
import type { SoakResult } from './soak-result.ts';

const SLICE = fileURLToPath(new URL('./scenarios/slice.json', import.meta.url));
const MINUTES = 28;

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

describe('a slice of the soak', () => {
  test('shows all that it has to show', () => {
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    // The ledger, the letters, two of alarms, logs, and two aggregates at two levels.
    expect(result.checks).toHaveLength(9);
  });

  test('has had its faults', () => {
    const at = (minute: number) => result.minutes.find((one) => one.minute === minute);
    expect(at(3)?.openShards).toBe(2);
    expect(at(5)?.openShards).toBe(3);
    expect(at(24)?.openShards).toBe(2);
    expect(result.tableRequestsWhileDown).toBeGreaterThan(0);
    expect(at(7)?.eventsReceived).toBe(0);
    expect(result.ledger.late).toBeGreaterThan(1000);
    expect(result.put.bad).toBeGreaterThan(100);
    expect(result.put.duplicates).toBeGreaterThan(100);
    const killed = result.minutes.filter(({ failedInvocations }) => failedInvocations > 0);
    expect(killed.length).toBeGreaterThan(1);
    expect(killed.every(({ minute }) => minute > 16 && minute < 23)).toBe(true);
    expect(result.processes).toBeGreaterThan(2);
    expect(result.survivor).toBeDefined();
    expect(firingsOf(result.turns).map(({ alarm }) => alarm)).toContain('function-errors');
  });

  test('is written up in a page that needs no network', () => {
    const page = reportHtml(result);
    expect(page).toContain('All 9 checks hold');
    for (const { title } of result.checks) expect(page).toContain(title.replaceAll('&', '&amp;'));
    expect(page).not.toMatch(/(?:src|href)=|url\(|@import|https?:/);
    expect(page.match(/<figure class="chart"/g)?.length).toBe(12);
    expect(page).not.toContain('NaN');
  });
});
