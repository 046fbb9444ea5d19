import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import { shuffled } from './metrics/numbers.ts';
import { rawDeflate } from './raw-deflate.ts';
import { answers, tableOf, testEvents } from './tables.ts';

/** All groups as one: the totals. */
function totals(...tables: readonly GroupTable[]): unknown {
  const total = tableOf([]);
  for (const table of tables) total.mergeFrom(table, () => OTHER_GROUP);
  return [answers(total), encodeGroups(total, rawDeflate)];
}

function named(...names: string[]): GroupTable {
  return tableOf(names.map((name) => ({ group: [name], inputs: [1, 1, 1, 1, 1, 1, 1] })));
}

const cap = fc.nat({ max: 12 });

describe('mergeCapped', () => {
  test('keeps every total, and at most so many groups apart', () => {
    fc.assert(
      fc.property(testEvents, testEvents, cap, cap, (a, b, groupsMax, capBefore) => {
        const into = tableOf([]);
        mergeCapped(into, tableOf(a), capBefore);
        const other = tableOf([]);
        mergeCapped(other, tableOf(b), capBefore);
        const [keptBefore, otherKeys] = [new Set(into.keys()), new Set(other.keys())];
        const wanted = totals(into, other);

        const { overflowed } = mergeCapped(into, other, groupsMax);
        expect(totals(into)).toEqual(wanted);

        const kept = new Set(into.keys());
        const apart = kept.size - (kept.has(OTHER_GROUP) ? 1 : 0);
        const apartBefore = keptBefore.size - (keptBefore.has(OTHER_GROUP) ? 1 : 0);
        expect(apart).toBeLessThanOrEqual(Math.max(groupsMax, apartBefore));
        for (const key of keptBefore) expect(kept).toContain(key);
        expect(overflowed).toBe([...otherKeys].filter((key) => !kept.has(key)).length);
      }),
      { numRuns: 300 },
    );
  });

  test('under the cap is a plain merge', () => {
    fc.assert(
      fc.property(testEvents, testEvents, (a, b) => {
        const capped = tableOf(a);
        expect(mergeCapped(capped, tableOf(b), 1000)).toEqual({ overflowed: 0 });
        expect(answers(capped)).toEqual(answers(tableOf([...a, ...b])));
      }),
    );
  });

  test('lets in the first by key, whatever the order of the events', () => {
    fc.assert(
      fc.property(
        testEvents.chain((events) => fc.tuple(fc.constant(events), shuffled(events))),
        cap,
        ([events, otherOrder], groupsMax) => {
          const [one, another] = [tableOf([]), tableOf([])];
          mergeCapped(one, tableOf(events), groupsMax);
          mergeCapped(another, tableOf(otherOrder), groupsMax);
          expect(encodeGroups(another, rawDeflate)).toEqual(encodeGroups(one, rawDeflate));
        },
      ),
    );
    const into = named('m');
    expect(mergeCapped(into, named('d', 'c', 'm', 'b', 'a'), 3)).toEqual({ overflowed: 2 });
    expect(Object.keys(answers(into)).sort()).toEqual([OTHER_GROUP, 'a', 'b', 'm']);
    expect(into.values(into.row(OTHER_GROUP))[0]).toBe(2);
    expect(into.values(into.row('m' as GroupKey))[0]).toBe(2);
  });

  test('counts the group of others on top of the cap, on both sides', () => {
    const into = named('a', 'b');
    mergeCapped(into, named('c'), 2);
    const other = into.emptyLike();
    mergeCapped(other, named('x'), 0);
    expect([...into.keys()]).toEqual(['a', 'b', OTHER_GROUP]);
    expect([...other.keys()]).toEqual([OTHER_GROUP]);
    expect(mergeCapped(into, other, 2)).toEqual({ overflowed: 0 });
    expect(into.values(into.row(OTHER_GROUP))[0]).toBe(2);
    expect(mergeCapped(into, named('d'), 3)).toEqual({ overflowed: 0 });
    expect([...into.keys()]).toEqual(['a', 'b', OTHER_GROUP, 'd']);
  });

  test('a cap that was lowered splits nothing that is there', () => {
    const into = named('a', 'b', 'c');
    expect(mergeCapped(into, named('c', 'd'), 1)).toEqual({ overflowed: 1 });
    expect([...into.keys()]).toEqual(['a', 'b', 'c', OTHER_GROUP]);
  });
});
