import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToExpansion, canonicalExpansion, roundExpansion, squareError } from '#core/metrics/expansion.ts';
import { NUMBER_MAX, onSquareGrid } from '#core/metrics/number-range.ts';
import { nearest, sumUnits, units } from './exact-oracle.ts';
import { anyNumber, numberLists, shuffled } from './numbers.ts';

function expansionOf(numbers: readonly number[]): number[] {
  const expansion: number[] = [];
  for (const x of numbers) addToExpansion(expansion, x);
  return expansion;
}

describe('expansions', () => {
  test('stand for the exact sum, and are rounded once', () => {
    fc.assert(
      fc.property(numberLists, (numbers) => {
        const exact = sumUnits(numbers);
        const expansion = expansionOf(numbers);
        expect(sumUnits(expansion)).toBe(exact);
        expect(roundExpansion(expansion)).toBe(nearest(exact));
      }),
      { numRuns: 300 },
    );
  });

  test('round ties to even, and look below a tie', () => {
    const half = 2 ** -53;
    expect(roundExpansion([half, 1])).toBe(1);
    expect(roundExpansion(expansionOf([1, half, 2 ** -200]))).toBe(1 + 2 ** -52);
    expect(roundExpansion(expansionOf([1, half, -(2 ** -200)]))).toBe(1);
    expect(roundExpansion(expansionOf([1 + 2 ** -52, half]))).toBe(1 + 2 ** -51);
    expect(roundExpansion(expansionOf([1 + 2 ** -52, half, -(2 ** -200)]))).toBe(1 + 2 ** -52);
  });

  test('have one canonical form: each component is what remains, rounded', () => {
    const ordered = numberLists.chain((numbers) => fc.tuple(fc.constant(numbers), shuffled(numbers)));
    fc.assert(
      fc.property(ordered, ([numbers, otherOrder]) => {
        const components = canonicalExpansion(expansionOf(numbers));
        let remains = sumUnits(numbers);
        for (const component of components) {
          expect(component).toBe(nearest(remains));
          remains -= units(component);
        }
        expect(remains).toBe(0n);
        expect(canonicalExpansion(expansionOf(otherOrder))).toEqual(components);
      }),
      { numRuns: 300 },
    );
  });

  test('stay short and exact over all the places of a double', () => {
    const numbers: number[] = [];
    for (let exponent = -1074; exponent <= 716; exponent++) {
      numbers.push(2 ** exponent * (0.5 + Math.abs(Math.sin(exponent))));
    }
    const expansion: number[] = [];
    let longest = 0;
    for (const x of numbers) {
      addToExpansion(expansion, x);
      longest = Math.max(longest, expansion.length);
    }
    expect(longest).toBe(64);
    expect(sumUnits(expansion)).toBe(sumUnits(numbers));
    const components = canonicalExpansion(expansion);
    expect(components.length).toBeGreaterThan(30);
    expect(components.length).toBeLessThanOrEqual(40);
    expect(components[0]).toBe(nearest(sumUnits(numbers)));
  });
});

describe('squares', () => {
  /** Any number, and many of those that have bits about the grid's step, on either side of 0. */
  const number = fc.oneof(
    anyNumber,
    fc
      .tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.integer({ min: -540, max: -484 }))
      .map(([m, e]) => m * 2 ** e),
    fc.double({ min: -(2 ** -484), max: 2 ** -484, noNaN: true }),
  );

  test('are exact on the grid of squares', () => {
    fc.assert(
      fc.property(number, (x) => {
        const value = onSquareGrid(x);
        const square = value * value;
        expect((units(square) + units(squareError(value, square))) << 1074n).toBe(units(value) ** 2n);
      }),
      { numRuns: 1000 },
    );
  });

  test('the grid changes only what has finer bits, by half a step at most', () => {
    const step = 2n ** (1074n - 537n);
    fc.assert(
      fc.property(number, (x) => {
        const distance = units(onSquareGrid(x)) - units(x);
        expect(2n * (distance < 0n ? -distance : distance)).toBeLessThanOrEqual(step);
        if (units(x) % step === 0n) expect(distance).toBe(0n);
      }),
      { numRuns: 1000 },
    );
    expect(onSquareGrid(NUMBER_MAX)).toBe(NUMBER_MAX);
    expect(onSquareGrid(2 ** -537)).toBe(2 ** -537);
    expect(onSquareGrid(2 ** -485)).toBe(2 ** -485);
    expect(onSquareGrid(2 ** -485 * (1 - 2 ** -53))).toBe(2 ** -485);
    // Half a step goes to the even one.
    const [half, start] = [2 ** -538, 2 ** -486];
    for (const sign of [1, -1]) {
      expect(onSquareGrid(sign * (start + half))).toBe(sign * start);
      expect(onSquareGrid(sign * (start + 3 * half))).toBe(sign * (start + 4 * half));
    }
    // The least of the finest bits that are kept, on either side.
    for (const x of [2 ** -485 * (1 + 2 ** -52), 2 ** -484 * (1 - 2 ** -53), 2 ** -485 - 2 ** -537]) {
      expect([onSquareGrid(x), onSquareGrid(-x)]).toEqual([x, -x]);
    }
  });
});
