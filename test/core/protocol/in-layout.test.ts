import { expect, test } from 'vitest';
import type { GroupKey } from '#core/brand.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import { inLayout } from '#core/protocol/definitions.ts';
import { ORDER } from '../metrics/columns.ts';

const BEFORE: Layout = [
  { name: 'amount', kind: 'sum' },
  { name: 'orders', kind: 'count' },
  { name: 'worst', kind: 'max' },
];
const NOW: Layout = [
  { name: 'amount', kind: 'sum' },
  { name: 'new', kind: 'count' },
  { name: 'orders', kind: 'count' },
  { name: 'worst', kind: 'min' },
];

test('groups of another layout have what both share, and of the rest as much as if nothing had come', () => {
  const table = GroupTable.empty(BEFORE);
  for (const [key, amount] of [
    ['a', 2.5],
    ['b', 7],
    ['a', 1],
  ] as const) {
    const row = table.row(key as GroupKey);
    for (const at of [0, 1, 2]) table.column(at).add(row, amount, ORDER);
  }
  table.reduced = 5;
  table.held = 6;
  const values = (shared: readonly string[]) => {
    const into = inLayout(table, NOW, new Set(shared));
    expect([into.reduced, into.held, into.layout]).toEqual([5, 6, NOW]);
    return Object.fromEntries([...into.keys()].map((key) => [key, into.values(into.row(key), 1)]));
  };
  expect(values(['amount', 'orders', 'worst'])).toEqual({ a: [3.5, 0, 2, null], b: [7, 0, 1, null] });
  // A metric whose definition has changed is not the same, though it has the name.
  expect(values(['orders', 'new'])).toEqual({ a: [0, 0, 2, null], b: [0, 0, 1, null] });
});
