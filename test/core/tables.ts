import fc from 'fast-check';
import { groupKeyOf } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import { ORDER } from './metrics/columns.ts';
import { anyNumber } from './metrics/numbers.ts';

/** One of each kind, one twice. */
export const ALL_KINDS: Layout = [
  { name: 'flights', kind: 'count' },
  { name: 'distance', kind: 'sum' },
  { name: 'best', kind: 'min' },
  { name: 'worst', kind: 'max' },
  { name: 'delay', kind: 'mean' },
  { name: 'taxi_out', kind: 'mean' },
  { name: 'spread', kind: 'stddev' },
];

export interface TestEvent {
  readonly group: readonly unknown[];
  /** One input a metric of the layout; `null` where the event does not contribute to it. */
  readonly inputs: readonly (number | null)[];
}

const GROUPS = ['ATL', 'ATW', 'A', '', 'JFK', 'é', '\ud800', '\u0000', '\u001f', '__proto__', 1, true, null];

export const testEvents: fc.Arbitrary<TestEvent[]> = fc.array(
  fc.record({
    group: fc.tuple(fc.constantFrom<unknown>(...GROUPS), fc.constantFrom<unknown>(...GROUPS)),
    inputs: fc.tuple(...ALL_KINDS.map(() => fc.option(anyNumber))),
  }),
  { maxLength: 40 },
);

export function addEvent(table: GroupTable, { group, inputs }: TestEvent): void {
  const key = groupKeyOf(group);
  if (key === undefined) throw new Error('a test event must have a group');
  const row = table.row(key);
  for (const [at, input] of inputs.entries()) if (input !== null) table.column(at).add(row, input, ORDER);
}

export function tableOf(events: readonly TestEvent[], layout: Layout = ALL_KINDS): GroupTable {
  const table = GroupTable.empty(layout);
  for (const event of events) addEvent(table, event);
  return table;
}

/** All answers by key: what a reader sees of a table. */
export function answers(table: GroupTable): Record<string, MetricValue[]> {
  const byKey: [string, MetricValue[]][] = [...table.keys()].map((key) => [
    key,
    table.values(table.row(key)),
  ]);
  return Object.fromEntries(byKey);
}
