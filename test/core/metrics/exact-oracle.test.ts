import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest, sumUnits, units } from './exact-oracle.ts';

test('the oracle knows known sums', () => {
  expect(nearest(sumUnits([0.1, 0.2]))).toBe(0.1 + 0.2);
  expect(nearest(sumUnits(Array(10).fill(0.1)))).toBe(1);
  expect(nearest(sumUnits([1e100, 1, -1e100]))).toBe(1);
  expect(nearest(units(1), 3n)).toBe(1 / 3);
});

test('one addition and one division of doubles are rounded as the oracle rounds them', () => {
  const number = fc.double({ min: -1e300, max: 1e300, noNaN: true });
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: 1e9 }), (a, b, n) => {
      expect(nearest(sumUnits([a, b]))).toBe(a + b + 0);
      expect(nearest(units(a), BigInt(n)) + 0).toBe(a / n + 0);
    }),
  );
});
