import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasEnds, startsOfEnds } from '#app/close/closing-windows.ts';
import { mergeSorted } from '#app/close/merge-sorted.ts';
import type { EpochMs } from '#core/brand.ts';

describe('the windows that end within a time', () => {
  const time = fc.integer({ min: -1000, max: 1000 });
  const size = fc.integer({ min: 1, max: 50 });

  test('are those whose starts are within the range', () => {
    fc.assert(
      fc.property(time, time, fc.boolean(), size, (a, b, isFirst, sizeMs) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const range = startsOfEnds(sizeMs, isFirst ? null : (from as EpochMs), to as EpochMs);
        const first = isFirst ? -2000 : from;
        const expected: number[] = [];
        const found: number[] = [];
        for (let k = Math.floor(-3000 / sizeMs); k * sizeMs < 1000; k++) {
          const start = k * sizeMs;
          if (start + sizeMs > first && start + sizeMs <= to) expected.push(start);
          const isIn = (range.from === undefined || start >= range.from) && start < (range.to ?? 0);
          if (isIn && start + sizeMs > first) found.push(start);
        }
        expect(found).toEqual(expected);
        if (!isFirst) expect(hasEnds(sizeMs, from as EpochMs, to as EpochMs)).toBe(expected.length > 0);
      }),
    );
  });
});

describe('sources brought together', () => {
  test('give each key once, with all that any source has under it, by increasing keys', async () => {
    async function* source(items: readonly (readonly [number, string])[]) {
      yield* items;
    }
    const items = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.string({ maxLength: 2 })), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(items, { maxLength: 4 }), async (given) => {
        const sorted = given.map((each) => each.toSorted(([a], [b]) => a - b));
        const naive = new Map<number, string[]>();
        for (const [key, text] of sorted.flat()) naive.set(key, [...(naive.get(key) ?? []), text]);
        const found: [number, string[]][] = [];
        for await (const { key, items: same } of mergeSorted(sorted.map(source), ([key]) => key))
          found.push([key, same.map(([, text]) => text)]);
        expect(found).toEqual([...naive].sort(([a], [b]) => a - b));
      }),
    );
  });
});
