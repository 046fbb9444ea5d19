import { CONSEQUENCES, FAULTS } from './fault-kinds.ts';
import type { RunResult } from './simulate.ts';

/** A seed that went wrong. */
export interface Failure {
  readonly seed: number;
  readonly message: string;
}

/** What many runs add up to. */
export interface Totals {
  seeds: number;
  simulatedMs: number;
  happenings: number;
  records: number;
  events: number;
  commits: number;
  answers: number;
  strikes: Record<string, number>;
  failures: Failure[];
}

const SUMS = ['simulatedMs', 'happenings', 'records', 'events', 'commits', 'answers'] as const;

export function newTotals(): Totals {
  const strikes = Object.fromEntries([...FAULTS, ...CONSEQUENCES].map((name) => [name, 0]));
  return {
    seeds: 0,
    simulatedMs: 0,
    happenings: 0,
    records: 0,
    events: 0,
    commits: 0,
    answers: 0,
    strikes,
    failures: [],
  };
}

export function addRun(totals: Totals, run: RunResult): void {
  totals.seeds += 1;
  for (const sum of SUMS) totals[sum] += run[sum];
  addStrikes(totals, run.strikes);
  if (run.failure !== undefined) totals.failures.push({ seed: run.seed, message: run.failure });
}

export function addTotals(totals: Totals, others: Totals): void {
  totals.seeds += others.seeds;
  for (const sum of SUMS) totals[sum] += others[sum];
  addStrikes(totals, Object.entries(others.strikes));
  totals.failures.push(...others.failures);
}

/** Faults and consequences that were never seen. */
export function unseen({ strikes }: Totals): string[] {
  return Object.keys(strikes).filter((name) => strikes[name] === 0);
}

/** The figures of a campaign, as lines. `elapsedMs` is real time. */
export function describeTotals(totals: Totals, elapsedMs: number): string[] {
  const { seeds, simulatedMs, records, events, commits, answers, happenings, strikes, failures } = totals;
  const each = (count: number) => (count / Math.max(1, seeds)).toFixed(1);
  const faults = FAULTS.reduce((sum, fault) => sum + (strikes[fault] ?? 0), 0);
  const columns = Object.entries(strikes).map(([name, count]) => `${name} ${count}`.padEnd(36));
  const lines: string[] = [];
  for (let i = 0; i < columns.length; i += 3)
    lines.push(
      `  ${columns
        .slice(i, i + 3)
        .join('')
        .trimEnd()}`,
    );
  return [
    `${seeds} seeds in ${(elapsedMs / 1000).toFixed(1)} s, ${((seeds / elapsedMs) * 1000).toFixed(0)} a second; ${(simulatedMs / 3_600_000).toFixed(0)} simulated hours`,
    `each, on average: ${each(records)} records, ${each(events)} events, ${each(commits)} commits, ${each(answers)} answers checked, ${each(happenings)} happenings, ${each(faults)} faults`,
    'struck or seen:',
    ...lines,
    failures.length === 0 ? 'no failure' : `${failures.length} failures`,
  ];
}

function addStrikes(totals: Totals, strikes: Iterable<readonly [string, number]>): void {
  for (const [name, count] of strikes) totals.strikes[name] = (totals.strikes[name] ?? 0) + count;
}
