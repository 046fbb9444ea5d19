import { describe, expect, test } from 'vitest';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { columnOf, readBack, written } from './columns.ts';

/** The answer of one metric for these numbers. */
function answer(kind: string, ...numbers: number[]): MetricValue {
  return columnOf(metricKind(kind), numbers).value(0);
}

describe('answers', () => {
  test('of no events', () => {
    const kinds = ['count', 'sum', 'min', 'max', 'mean', 'stddev'];
    expect(kinds.map((kind) => answer(kind))).toEqual([0, 0, null, null, null, null]);
  });

  test('decimals that plain addition gets wrong', () => {
    expect([0.1, 0.2, 0.3].reduce((a, b) => a + b)).not.toBe(0.6);
    expect(answer('sum', 0.1, 0.2, 0.3)).toBe(0.6);
    expect(answer('sum', ...Array(10).fill(0.1))).toBe(1);
    expect(answer('mean', 0.1, 0.2, 0.3)).toBe(0.2);
  });

  test('small numbers beside large ones that cancel', () => {
    expect(answer('sum', 1e100, 1, -1e100)).toBe(1);
    expect(answer('sum', 1e100, 5e-324, -1e100)).toBe(5e-324);
    expect(answer('mean', 1e100, 3, -1e100)).toBe(1);
  });

  test('a spread that is tiny beside the mean', () => {
    expect(answer('stddev', 1e9 + 1, 1e9 + 3)).toBe(1);
    expect(answer('stddev', 1e15 + 1, 1e15 + 3)).toBe(1);
    // The sums are safe integers; n times the sum of squares is not.
    expect(answer('stddev', 5e7, 5e7 + 1, 5e7 + 3)).toBe(Math.sqrt(14 / 9));
    expect(answer('stddev', 1, 1 + 2 ** -52)).toBe(2 ** -53);
    expect(answer('stddev', 1e100, 1e100, 1e100)).toBe(0);
    expect(answer('stddev', 0.1, 0.1, 0.1)).toBe(0);
    expect(answer('stddev', -1e100, 1e100)).toBe(1e100);
    expect(answer('stddev', 2, 4, 4, 4, 5, 5, 7, 9)).toBe(2);
  });

  test('a mean is rounded once, where first rounding the sum would round it twice', () => {
    // As a double, 2^53 + 1 is 2^53; but it is 3 times an integer.
    expect(answer('mean', 2 ** 53, 1, 0)).toBe(3002399751580331);
    expect(2 ** 53 / 3).toBe(3002399751580330.5);
  });

  test('there is no -0', () => {
    for (const kind of ['sum', 'min', 'max', 'mean', 'stddev']) {
      expect(answer(kind, -0)).toBe(0);
      expect(answer(kind, -0, -0)).toBe(0);
      expect(answer(kind, 0, -0)).toBe(0);
    }
    expect(answer('mean', -5e-324, 0, 0)).toBe(0);
  });

  test('what is no finite number is refused by sums, not spread', () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => answer('sum', x)).toThrow(RangeError);
  });
});

test('columns of one kind, but of parameters that differ, do not merge', () => {
  for (const [a, b] of [
    ['histogram(1,2)', 'histogram(1,3)'],
    ['histogram(1)', 'histogram(1,2)'],
    ['distinct(12)', 'distinct(13)'],
    ['quantile(0.01,0.5)', 'quantile(0.02,0.5)'],
    ['topK(1,10)', 'topK(1,11)'],
  ] as const) {
    const [column, other] = [a, b].map((kind) => columnOf(metricKind(kind), [5]));
    if (column === undefined || other === undefined) throw new Error('no columns');
    expect(() => column.merge(0, other, 0)).toThrow(/merge/);
  }
});

test('a rate needs the length of the window, which the reader has', () => {
  const column = columnOf(metricKind('rate'), [1, 2, 3]);
  expect([column.value(0), column.value(0, 1500), column.value(0, 86_400_000)]).toEqual([
    null,
    2,
    3 / 86_400,
  ]);
});

test('numbers at the bounds of a histogram are in the bucket that begins there', () => {
  const buckets = answer('histogram(0,10)', -0.5, -0, 0, 9.999, 10, 1e100, -1e100) as { count: number }[];
  expect(buckets.map(({ count }) => count)).toEqual([2, 3, 2]);
});

describe('columns as bytes', () => {
  test('squares that do not fit their sum, which foreign bytes may have, give no NaN', () => {
    // One event, 5 in total, 1 as the sum of squares; then the same with 5.5.
    const half = [0, 0, 0, 0, 0, 0, 0x16, 0x40];
    for (const bytes of [
      [1, 0, 10, 0, 2],
      [1, 1, 1, ...half, 0, 2],
    ]) {
      expect(readBack(metricKind('stddev'), Uint8Array.from(bytes), 1).value(0)).toBe(0);
    }
  });

  function sizeOf(kind: string, ...lists: number[][]): number {
    const column = columnOf(metricKind(kind), ...lists);
    const bytes = written(column, [...lists.keys()]);
    const read = readBack(metricKind(kind), bytes, lists.length);
    expect(lists.map((_, row) => read.value(row))).toEqual(lists.map((_, row) => column.value(row)));
    return bytes.length;
  }

  test('integers take a varint a row', () => {
    expect(sizeOf('count', [1], [2, 3])).toBe(2);
    expect(sizeOf('sum', [1], [-63], [64])).toBe(1 + 1 + 1 + 2);
    expect(sizeOf('max', [1], [-63], [64])).toBe(1 + 1 + 1 + 2);
    expect(sizeOf('sum', [Number.MAX_SAFE_INTEGER], [Number.MIN_SAFE_INTEGER])).toBe(1 + 8 + 8);
    expect(sizeOf('mean', [5], [6])).toBe(2 + 3);
    expect(sizeOf('stddev', [5], [6])).toBe(2 + 3 + 3);
  });

  test('others take a double, and absent ones a bit', () => {
    expect(sizeOf('min', [0.5], [1])).toBe(1 + 16);
    expect(sizeOf('min', [0.5], [], [1])).toBe(1 + 1 + 16);
    expect(sizeOf('max', [1], [], [], [], [], [], [], [], [])).toBe(1 + 2 + 1);
    expect(sizeOf('sum', [0.5], [1], [])).toBe(1 + 3 + 16);
    expect(sizeOf('sum', [2 ** 53])).toBe(1 + 1 + 8);
    expect(sizeOf('sum', [2 ** 53, 1])).toBe(1 + 1 + 16);
  });
});
