import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdTable } from '#core/duplicates/id-table.ts';

/** Few words, so that ids meet in the same slots; 0 is one of them. */
const word = fc.oneof(
  fc.nat(3),
  fc.nat(3).map((n) => n * 64),
  fc.constant(2 ** 32 - 1),
);
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ high: word, low: word, second: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ forgetBefore: fc.nat(50) }) },
);

test('a table of ids is a map from an id to the last second in which it was set', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const table = new IdTable();
      const map = new Map<string, number>();
      for (const each of steps) {
        if ('forgetBefore' in each) {
          table.forgetBefore(each.forgetBefore);
          for (const [key, second] of map) if (second < each.forgetBefore) map.delete(key);
        } else {
          const { high, low, second } = each;
          table.set(high, low, second);
          map.set(`${high} ${low}`, Math.max(second, map.get(`${high} ${low}`) ?? 0));
        }
      }
      expect(table.size).toBe(map.size);
      for (const high of [0, 1, 2, 3, 64, 128, 192, 2 ** 32 - 1]) {
        for (const low of [0, 1, 2, 3, 64, 128, 192, 2 ** 32 - 1]) {
          expect(table.get(high, low)).toBe(map.get(`${high} ${low}`) ?? 0);
        }
      }
    }),
  );
});

test('it takes no more than 40 bytes an id, and shrinks when ids are forgotten', () => {
  const table = new IdTable();
  for (let i = 0; i < 100_000; i++) table.set(Math.imul(i, 0x9e3779b1) >>> 0, i, 1 + (i % 1000));
  expect(table.size).toBe(100_000);
  expect(table.bytes).toBeLessThanOrEqual(40 * 100_000);
  const { bytes } = table;
  expect(bytes).toBeGreaterThanOrEqual(12 * 100_000);
  table.forgetBefore(1000);
  expect(table.size).toBe(100);
  expect(table.bytes).toBeLessThan(bytes / 100);
});
