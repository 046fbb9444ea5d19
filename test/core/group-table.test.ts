import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { GroupTable } from '#core/group-table.ts';
import { ORDER } from './metrics/columns.ts';
import { shuffled } from './metrics/numbers.ts';
import { rawDeflate } from './raw-deflate.ts';
import { ALL_KINDS, answers, tableOf, testEvents } from './tables.ts';

describe('GroupTable', () => {
  test('has a row a group, numbered as they come', () => {
    const table = GroupTable.empty([{ name: 'flights', kind: 'count' }]);
    expect([table.row('b' as GroupKey), table.row('a' as GroupKey), table.row('b' as GroupKey)]).toEqual([
      0, 1, 0,
    ]);
    expect([...table.keys()]).toEqual(['b', 'a']);
    expect([table.size, table.has('a' as GroupKey), table.has('c' as GroupKey)]).toEqual([2, true, false]);
    table.column(0).add(1, 0, ORDER);
    expect([table.values(0), table.values(1)]).toEqual([[0], [1]]);
    expect(table.emptyLike().size).toBe(0);
    expect(table.emptyLike().layout).toEqual(table.layout);
  });

  test('knows groups whose names every object has', () => {
    const table = GroupTable.empty([{ name: 'flights', kind: 'count' }]);
    for (const name of ['__proto__', 'constructor', 'toString']) table.row(name as GroupKey);
    expect(table.size).toBe(3);
  });

  test('has no such column, no such kind', () => {
    expect(() => GroupTable.empty(ALL_KINDS).column(7)).toThrow(RangeError);
    expect(() => GroupTable.empty([{ name: 'x', kind: 'median' }])).toThrow(RangeError);
  });

  test('does not merge with another layout', () => {
    const table = GroupTable.empty([{ name: 'delay', kind: 'mean' }]);
    for (const other of [[], [{ name: 'delay', kind: 'sum' }], [{ name: 'late', kind: 'mean' }], ALL_KINDS]) {
      expect(() => table.mergeFrom(GroupTable.empty(other))).toThrow(TypeError);
    }
    expect(() => table.mergeFrom(GroupTable.empty([{ name: 'delay', kind: 'sum' }]))).toThrow(
      "a table of (delay: mean) can't take in one of (delay: sum)",
    );
  });

  test('is the same however its events were split, ordered and merged', () => {
    const split = testEvents.chain((events) =>
      fc.tuple(
        fc.constant(events),
        shuffled(events),
        fc.nat({ max: events.length }),
        fc.nat({ max: events.length }),
      ),
    );
    fc.assert(
      fc.property(split, ([events, otherOrder, a, b]) => {
        const whole = tableOf(events);
        const [first, second, third] = [
          tableOf(otherOrder.slice(0, Math.min(a, b))),
          tableOf(otherOrder.slice(Math.min(a, b), Math.max(a, b))),
          tableOf(otherOrder.slice(Math.max(a, b))),
        ];
        const bytesBefore = encodeGroups(second, rawDeflate);
        // Once as ((first + second) + third), once as (third + (second + first)).
        const left = whole.emptyLike();
        for (const part of [first, second, third]) left.mergeFrom(part);
        const right = third;
        const inner = second.emptyLike();
        inner.mergeFrom(second);
        inner.mergeFrom(first);
        right.mergeFrom(inner);
        for (const merged of [left, right]) {
          expect(answers(merged)).toEqual(answers(whole));
          expect(encodeGroups(merged, rawDeflate)).toEqual(encodeGroups(whole, rawDeflate));
        }
        expect(encodeGroups(second, rawDeflate)).toEqual(bytesBefore);
      }),
    );
  });
});
