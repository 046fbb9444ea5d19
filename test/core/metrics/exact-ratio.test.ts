import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addExact, exactOf, roundRatio } from '#core/metrics/exact-ratio.ts';
import { nearest, sumUnits } from './exact-oracle.ts';
import { anyNumber, numberLists } from './numbers.ts';

test('a ratio is rounded once, half to even, subnormal results too', () => {
  const denominator = fc.oneof(
    fc.integer({ min: 1, max: 100 }),
    fc.maxSafeNat().map((n) => n + 1),
  );
  fc.assert(
    fc.property(numberLists, denominator, (numbers, n) => {
      expect(roundRatio(exactOf(numbers), BigInt(n))).toBe(nearest(sumUnits(numbers), BigInt(n)) + 0);
    }),
    { numRuns: 500 },
  );
});

test('ties go to the even neighbour at every size', () => {
  for (const exponent of [-1074, -1060, -1023, -1022, -53, 0, 53, 300]) {
    for (const odd of [1, 3, 5, 2 ** 53 - 1]) {
      const numbers = [odd * 2 ** exponent];
      expect(roundRatio(exactOf(numbers), 2n)).toBe((odd * 2 ** exponent) / 2);
      expect(roundRatio(exactOf(numbers), 3n)).toBe((odd * 2 ** exponent) / 3);
    }
  }
});

test('exact sums are exact', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (a, b) => {
      const { units, exponent } = addExact(exactOf([a]), exactOf([b]));
      expect(units * 2n ** BigInt(1074 + exponent)).toBe(sumUnits([a, b]));
    }),
  );
});

test('a ratio too small for a double is 0, and never -0', () => {
  for (const units of [1n, -1n]) expect(roundRatio({ units, exponent: -1080 }, 1n)).toBe(0);
  expect(roundRatio({ units: 0n, exponent: 5 }, 3n)).toBe(0);
  expect(roundRatio({ units: -1n, exponent: -1074 }, 1n)).toBe(-5e-324);
});
