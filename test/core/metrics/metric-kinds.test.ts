import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import { METRIC_KINDS, metricKind } from '#core/metrics/metric-kinds.ts';
import { onSquareGrid } from '#core/metrics/number-range.ts';
import { columnOf, readBack, written } from './columns.ts';
import { nearest, sumUnits, variance } from './exact-oracle.ts';
import { numberLists, shuffled } from './numbers.ts';

/** What each metric must answer, by the plainest means. */
const EXPECTED: Record<string, (numbers: readonly number[]) => MetricValue> = {
  count: (numbers) => numbers.length,
  sum: (numbers) => nearest(sumUnits(numbers)) + 0,
  min: (numbers) => (numbers.length === 0 ? null : ([...numbers].sort((a, b) => a - b)[0] ?? 0) + 0),
  max: (numbers) => (numbers.length === 0 ? null : ([...numbers].sort((a, b) => b - a)[0] ?? 0) + 0),
  mean: (numbers) => (numbers.length === 0 ? null : nearest(sumUnits(numbers), BigInt(numbers.length)) + 0),
  stddev: (numbers) => {
    if (numbers.length === 0) return null;
    const { numerator, denominator } = variance(numbers.map(onSquareGrid));
    return Math.sqrt(nearest(numerator, denominator));
  },
};

/** A list of numbers, the same in another order, and where to cut that into parts. */
const splits = numberLists.chain((numbers) =>
  fc.tuple(
    fc.constant(numbers),
    shuffled(numbers),
    fc.array(fc.nat({ max: numbers.length }), { maxLength: 5 }),
  ),
);

function cut(numbers: readonly number[], places: readonly number[]): number[][] {
  const ends = [...places, numbers.length].sort((a, b) => a - b);
  return ends.map((end, at) => numbers.slice(ends[at - 1] ?? 0, end));
}

test('there is an expectation for each kind', () => {
  expect(Object.keys(EXPECTED)).toEqual([...METRIC_KINDS.keys()]);
});

test('an unknown kind is refused by name', () => {
  expect(() => metricKind('median')).toThrow(
    new RangeError('unknown metric kind "median"; there are count, sum, min, max, mean, stddev'),
  );
});

describe.each([...METRIC_KINDS.values()])('$kind', (kind) => {
  const expected = EXPECTED[kind.kind] as (numbers: readonly number[]) => MetricValue;

  test('is what exact arithmetic says', () => {
    fc.assert(
      fc.property(numberLists, (numbers) => {
        expect(columnOf(kind, numbers).value(0)).toBe(expected(numbers));
      }),
      { numRuns: 300 },
    );
  });

  test('no split, no order of adds or merges changes a bit, of the value or of the bytes', () => {
    fc.assert(
      fc.property(splits, ([numbers, otherOrder, places]) => {
        const whole = columnOf(kind, numbers);
        const parts = cut(otherOrder, places);
        const apart = columnOf(kind, ...parts);
        const merged = columnOf(kind, []);
        for (const row of parts.keys()) merged.merge(0, apart, row);
        // As a tree, from the end, through written bytes: how folds and rollups do it.
        const stored = readBack(
          kind,
          written(
            apart,
            parts.map((_, row) => row),
          ),
          parts.length,
        );
        for (let row = parts.length - 1; row > 0; row--) stored.merge(Math.floor(row / 2), stored, row);
        for (const column of [merged, stored]) {
          expect(column.value(0)).toBe(whole.value(0));
          expect(written(column, [0])).toEqual(written(whole, [0]));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a fresh row is the identity, on either side', () => {
    fc.assert(
      fc.property(numberLists, (numbers) => {
        const column = columnOf(kind, numbers, []);
        const before = written(column, [0]);
        column.merge(0, column, 1);
        expect(written(column, [0])).toEqual(before);
        column.merge(1, column, 0);
        expect(written(column, [1])).toEqual(before);
      }),
    );
  });

  test('merging leaves the other as it was, and a row merges with itself', () => {
    fc.assert(
      fc.property(numberLists, (numbers) => {
        const column = columnOf(kind, numbers);
        const other = columnOf(kind, numbers);
        column.merge(0, other, 0);
        expect(written(other, [0])).toEqual(written(columnOf(kind, numbers), [0]));
        other.merge(0, other, 0);
        expect(written(other, [0])).toEqual(written(column, [0]));
        expect(other.value(0)).toBe(expected([...numbers, ...numbers]));
      }),
    );
  });

  test('rows are written in the order asked for, and read back', () => {
    const rowLists = fc
      .array(numberLists, { maxLength: 20 })
      .chain((lists) => fc.tuple(fc.constant(lists), shuffled([...lists.keys()])));
    fc.assert(
      fc.property(rowLists, ([lists, order]) => {
        const column = columnOf(kind, ...lists);
        const bytes = written(column, order);
        const read = readBack(kind, bytes, order.length);
        expect(order.map((_, row) => read.value(row))).toEqual(order.map((row) => column.value(row)));
        expect(
          written(
            read,
            order.map((_, row) => row),
          ),
        ).toEqual(bytes);
      }),
    );
  });

  test('merges with its own kind only', () => {
    const foreign = metricKind(kind.kind === 'sum' ? 'count' : 'sum');
    expect(() => columnOf(kind, []).merge(0, columnOf(foreign, []), 0)).toThrow(TypeError);
  });

  test('foreign bytes give a column or CorruptError', () => {
    const modes = fc.constantFrom(0, 1, 2, 3);
    const bytes = fc
      .tuple(modes, fc.uint8Array({ maxLength: 100 }))
      .map(([mode, rest]) => Uint8Array.of(mode, ...rest));
    fc.assert(
      fc.property(bytes, fc.nat({ max: 12 }), (foreign, rows) => {
        try {
          const column = kind.readColumn(new ByteReader(foreign), rows);
          for (let row = 0; row < rows; row++) {
            const value = column.value(row);
            expect(value === null || (Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
