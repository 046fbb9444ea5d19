import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import { foldBlock, isFolded } from '#core/protocol/fold-block.ts';
import { EMPTY_HEAD, type PendingDelta } from '#core/protocol/head.ts';
import { rawDeflate } from '../raw-deflate.ts';
import { tableOf } from './deltas.ts';

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

describe('folding', () => {
  test('merges into what is stored, and stamps the block with the n of the head', () => {
    const first = foldBlock(undefined, pendingOf(tableOf({ a: [1, 2], b: [3] })), head, rawDeflate);
    expect(first.overflowed).toBe(0);
    expect(first.block).toMatchObject({ key: KEY, n: 7 });
    const later = { ...head, n: 8 };
    const { block } = foldBlock(first.block, pendingOf(tableOf({ b: [4], c: [5] })), later, rawDeflate);
    const table = decodeGroups(block.bytes, rawDeflate);
    expect([...table.keys()].map((key) => [key, ...table.values(table.row(key))])).toEqual([
      ['a', 2, 3],
      ['b', 2, 7],
      ['c', 1, 5],
    ]);
    expect([isFolded(undefined, later), isFolded(first.block, later), isFolded(block, later)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(isFolded(block, head)).toBe(true);
  });

  test('keeps the cap on groups, and all totals', () => {
    const numbers = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 1, max: 5 }), (a, b, groupsMax) => {
        const one = foldBlock(undefined, pendingOf(tableOf(a), groupsMax), head, rawDeflate);
        const two = foldBlock(one.block, pendingOf(tableOf(b), groupsMax), head, rawDeflate);
        const all = [...Object.values(a), ...Object.values(b)].flat();
        expect(totals(two.block.bytes)).toEqual({
          events: all.length,
          total: all.reduce((x, y) => x + y, 0),
        });
        const table = decodeGroups(two.block.bytes, rawDeflate);
        expect(table.size - (table.has(OTHER_GROUP) ? 1 : 0)).toBeLessThanOrEqual(groupsMax);
        expect(table.has(OTHER_GROUP)).toBe(one.overflowed + two.overflowed > 0);
      }),
    );
  });
});
