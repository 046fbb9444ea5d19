import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import { BLOCK_BYTES_MAX, foldBlock } from '#core/protocol/fold-block.ts';
import { EMPTY_HEAD, type PendingDelta } from '#core/protocol/head.ts';
import { rawDeflate } from '../raw-deflate.ts';
import { ORDER } from './deltas.ts';

const KEY = { aggregate: 'a', generation: 'g', windowStart: 0 as WindowStart };
const head = { ...EMPTY_HEAD, rev: 9, n: 7 };

function pendingOf(table: GroupTable, groupsMax = 100_000): PendingDelta {
  const bytes = encodeGroups(table, rawDeflate);
  return { key: KEY, windowEnd: 1 as EpochMs, groupsMax, keepMs: null, bytes, carriedBytes: 0, fold: true };
}

/** The sums of all groups of the first two columns, which are a count and a sum. */
function totals(bytes: Uint8Array): { events: number; total: number } {
  const table = decodeGroups(bytes, rawDeflate);
  const values = [...table.keys()].map((key) => table.values(table.row(key)).map(Number));
  return {
    events: values.reduce((sum, [events = 0]) => sum + events, 0),
    total: values.reduce((sum, [, total = 0]) => sum + total, 0),
  };
}

describe('a block that would not fit into an item', () => {
  const random = (seed: number) => Math.abs(Math.sin(seed) * 1e6) % 1;
  /** Groups with names that hardly compress. */
  const named = (from: number, to: number, value: (i: number) => number, layout: Layout) => {
    const table = GroupTable.empty(layout);
    for (let i = from; i < to; i++) {
      const row = table.row(`${random(i)}${random(i + 0.5)}` as GroupKey);
      for (const column of layout.keys()) table.column(column).add(row, value(i), ORDER);
    }
    return table;
  };
  const layout: Layout = [
    { name: 'events', kind: 'count' },
    { name: 'total', kind: 'sum' },
  ];

  test('lets no new groups in, and keeps those that it has apart', () => {
    const stored = named(0, 20_000, () => 1, layout);
    const first = foldBlock(undefined, pendingOf(stored), head, rawDeflate);
    expect(first.overflowed).toBe(0);
    expect(first.block.bytes.length).toBeGreaterThan(BLOCK_BYTES_MAX * 0.7);
    const more = named(19_000, 32_000, () => 1, layout);
    const second = foldBlock(first.block, pendingOf(more), head, rawDeflate);
    expect(second.overflowed).toBe(12_000);
    expect(second.block.bytes.length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    expect(totals(second.block.bytes)).toEqual({ events: 33_000, total: 33_000 });
    expect(decodeGroups(second.block.bytes, rawDeflate).size).toBe(20_001);
  });

  test('keeps fewer of its own where their states have outgrown it: totals stay, and it can be written', () => {
    const stored = named(0, 24_000, () => 1, layout);
    const first = foldBlock(undefined, pendingOf(stored), head, rawDeflate);
    expect(first.overflowed).toBe(0);
    // No group is new, but sums of whole numbers become sums of fractions.
    const grown = named(0, 24_000, (i) => Math.fround(random(i * 3)), layout);
    const { block, overflowed } = foldBlock(first.block, pendingOf(grown), head, rawDeflate);
    expect(block.bytes.length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    expect(overflowed).toBeGreaterThan(0);
    const whole = GroupTable.empty(layout);
    whole.mergeFrom(stored, () => OTHER_GROUP);
    whole.mergeFrom(grown, () => OTHER_GROUP);
    const [events, total] = whole.values(0);
    const all = decodeGroups(block.bytes, rawDeflate);
    const one = all.emptyLike();
    one.mergeFrom(all, () => OTHER_GROUP);
    expect(one.values(0)).toEqual([events, total]);
  });

  test('also where it has more than can be read again before it is deflated', () => {
    // Long names that differ at their beginning only deflate to next to nothing, and are 1 KB each before.
    const long = (from: number, to: number) => {
      const table = GroupTable.empty(layout);
      for (let i = from; i < to; i++) {
        const row = table.row(`${i}${'x'.repeat(1000)}` as GroupKey);
        for (const column of layout.keys()) table.column(column).add(row, 1, ORDER);
      }
      return table;
    };
    const first = foldBlock(undefined, pendingOf(long(0, 10_000)), head, rawDeflate);
    expect(first.overflowed).toBe(0);
    const second = foldBlock(first.block, pendingOf(long(10_000, 20_000)), head, rawDeflate);
    expect(second.overflowed).toBe(10_000);
    expect(totals(second.block.bytes)).toEqual({ events: 20_000, total: 20_000 });
  });
});
