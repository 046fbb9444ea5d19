import fc from 'fast-check';
import { expect, test } from 'vitest';
import { log2 } from '#core/sketches/log2.ts';

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** The double that is `steps` after this positive one. */
function after(x: number, steps = 1n): number {
  double[0] = x;
  bits[0] = (bits[0] ?? 0n) + steps;
  return double[0];
}

const positive = fc.oneof(
  fc.double({ min: 2 ** -1022, max: 1e100, noNaN: true }),
  fc
    .tuple(
      fc.integer({ min: -1022, max: 331 }),
      fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }),
    )
    .map(([exponent, significand]) => significand * 2 ** exponent),
);

test('it is the logarithm to base 2', () => {
  fc.assert(
    fc.property(positive, (x) => {
      const expected = Math.log2(x);
      expect(Math.abs(log2(x) - expected)).toBeLessThan(4e-15 * Math.max(1, Math.abs(expected)));
    }),
    { numRuns: 5000 },
  );
});

test('powers of 2 are exact', () => {
  for (let exponent = -1022; exponent < 1024; exponent++) expect(log2(2 ** exponent)).toBe(exponent);
});

test('a greater number never has a lesser logarithm', () => {
  fc.assert(
    fc.property(positive, (x) => {
      let before = log2(x);
      let next = x;
      for (let step = 0; step < 50; step++) {
        next = after(next);
        const logarithm = log2(next);
        expect(logarithm).toBeGreaterThanOrEqual(before);
        before = logarithm;
      }
    }),
    { numRuns: 500 },
  );
});

test('nor where the exponent changes', () => {
  for (let exponent = -1021; exponent < 1024; exponent++) {
    const below = after(2 ** exponent, -1n);
    expect(log2(below)).toBeLessThanOrEqual(exponent);
    expect(log2(after(below, -1n))).toBeLessThanOrEqual(log2(below));
  }
});
