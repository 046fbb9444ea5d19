import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { MetricColumn, MetricValue, Scalar } from '#core/metrics/metric-kind.ts';
import { columnKind, METRIC_KINDS, metricKind } from '#core/metrics/metric-kinds.ts';
import { onSquareGrid } from '#core/metrics/number-range.ts';
import { columnOf, columnOfSamples, readBack, type Sample, samplesOf, written } from './columns.ts';
import { nearest, sumUnits, variance } from './exact-oracle.ts';
import { numberLists, shuffled } from './numbers.ts';
import { anyScalar, placedSamples, rankedSamples, sorted } from './samples.ts';

const WINDOW_MS = 3_600_000;

/** What is expected of a kind: the events that it is tried with, and what its value must be, by the plainest means. */
interface Expectation {
  readonly samples: fc.Arbitrary<Sample[]>;
  readonly check: (value: MetricValue, samples: readonly Sample[]) => void;
}

function ofNumbers(expected: (numbers: readonly number[]) => MetricValue): Expectation {
  return {
    samples: numberLists.map(samplesOf),
    check: (value, samples) => expect(value).toEqual(expected(samples.map(({ value: x }) => Number(x)))),
  };
}

function ofScalars(expected: (values: readonly Scalar[]) => MetricValue): Expectation {
  return {
    samples: fc.array(anyScalar, { maxLength: 40 }).map(samplesOf),
    check: (value, samples) => expect(value).toEqual(expected(samples.map((sample) => sample.value))),
  };
}

/** Values and how often they came, as JSON tells them apart, most frequent first. */
function frequencies(values: readonly Scalar[]): { value: Scalar; count: number; error: number }[] {
  const texts = values.map((value) => JSON.stringify(value));
  return [...new Set(texts)]
    .map((text) => ({
      value: JSON.parse(text),
      count: texts.filter((each) => each === text).length,
      error: 0,
    }))
    .sort((a, b) => b.count - a.count);
}

/** The least number that a fraction `q` of all does not exceed. */
function quantileOf(numbers: readonly number[], q: number): number | undefined {
  const ascending = [...numbers].sort((a, b) => a - b);
  return ascending.find((_, at) => (at + 1) / ascending.length >= q);
}

function expectNear(value: unknown, exact: number | undefined): void {
  if (exact === undefined) {
    expect(value).toBeNull();
    return;
  }
  // Beside the relative error, what is below the least normal double counts as 0.
  const tolerance = Math.abs(exact) * 0.01 * (1 + 1e-9) + 2.3e-308;
  expect(Math.abs(Number(value) - exact)).toBeLessThanOrEqual(tolerance);
}

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  count: ofNumbers((numbers) => numbers.length),
  rate: ofNumbers((numbers) => numbers.length / 3600),
  sum: ofNumbers((numbers) => nearest(sumUnits(numbers)) + 0),
  min: ofNumbers((numbers) =>
    numbers.length === 0 ? null : ([...numbers].sort((a, b) => a - b)[0] ?? 0) + 0,
  ),
  max: ofNumbers((numbers) =>
    numbers.length === 0 ? null : ([...numbers].sort((a, b) => b - a)[0] ?? 0) + 0,
  ),
  mean: ofNumbers((numbers) =>
    numbers.length === 0 ? null : nearest(sumUnits(numbers), BigInt(numbers.length)) + 0,
  ),
  stddev: ofNumbers((numbers) => (numbers.length === 0 ? null : Math.sqrt(exactVariance(numbers)))),
  variance: ofNumbers((numbers) => (numbers.length === 0 ? null : exactVariance(numbers))),
  first: {
    samples: placedSamples,
    check: (value, samples) => expect(value).toBe(sorted(samples)[0]?.value ?? null),
  },
  last: {
    samples: placedSamples,
    check: (value, samples) => expect(value).toBe(sorted(samples).at(-1)?.value ?? null),
  },
  maxBy: {
    samples: rankedSamples,
    check: (value, samples) => expect(value).toBe(firstWith(Math.max, samples) ?? null),
  },
  minBy: {
    samples: rankedSamples,
    check: (value, samples) => expect(value).toBe(firstWith(Math.min, samples) ?? null),
  },
  'histogram(-100,0,0.1,1e+50)': ofNumbers((numbers) => {
    const within = (from: number, to: number) => numbers.filter((x) => x >= from && x < to).length;
    return [
      { from: null, to: -100, count: within(Number.NEGATIVE_INFINITY, -100) },
      { from: -100, to: 0, count: within(-100, 0) },
      { from: 0, to: 0.1, count: within(0, 0.1) },
      { from: 0.1, to: 1e50, count: within(0.1, 1e50) },
      { from: 1e50, to: null, count: within(1e50, Number.POSITIVE_INFINITY) },
    ];
  }),
  // So few values are counted exactly; the sketch's own tests have many.
  'distinct(12)': ofScalars((values) => frequencies(values).length),
  'quantile(0.01,0.9)': {
    samples: numberLists.map(samplesOf),
    check: (value, samples) =>
      expectNear(
        value,
        quantileOf(
          samples.map(({ value: x }) => Number(x)),
          0.9,
        ),
      ),
  },
  'quantiles(0.01,0.5,0.05)': {
    samples: numberLists.map(samplesOf),
    check: (value, samples) => {
      const [median, low, ...others] = value as { quantile: number; value: number | null }[];
      const numbers = samples.map(({ value: x }) => Number(x));
      expect([median?.quantile, low?.quantile, ...others]).toEqual([0.5, 0.05]);
      expectNear(median?.value, quantileOf(numbers, 0.5));
      expectNear(low?.value, quantileOf(numbers, 0.05));
    },
  },
  // All values are kept, so all is exact; which of equally frequent ones come first is the sketch's choice.
  'topK(3,100)': {
    samples: fc.array(anyScalar, { maxLength: 40 }).map(samplesOf),
    check: (value, samples) => {
      const expected = frequencies(samples.map((sample) => sample.value));
      const top = value as unknown as typeof expected;
      expect(top.map(({ count }) => count)).toEqual(expected.slice(0, 3).map(({ count }) => count));
      for (const each of top) expect(expected).toContainEqual(each);
    },
  },
};

/** The value of the first event among those that have the greatest, or least, number. */
function firstWith(edge: (...numbers: number[]) => number, samples: readonly Sample[]): Scalar | undefined {
  const best = edge(...samples.map(({ by = 0 }) => by));
  // 0 and -0 are one number.
  return sorted(samples).find(({ by = 0 }) => by + 0 === best + 0)?.value;
}

function exactVariance(numbers: readonly number[]): number {
  const { numerator, denominator } = variance(numbers.map(onSquareGrid));
  return nearest(numerator, denominator);
}

function cut<Item>(items: readonly Item[], places: readonly number[]): Item[][] {
  const ends = [...places, items.length].sort((a, b) => a - b);
  return ends.map((end, at) => items.slice(ends[at - 1] ?? 0, end));
}

test('there is an expectation for each kind', () => {
  expect(Object.keys(EXPECTATIONS).map((text) => text.replace(/\(.*/, ''))).toEqual([...METRIC_KINDS.keys()]);
});

test('an unknown kind is refused by name', () => {
  // Those that a definition in another test has brought along come after them.
  const known = [...METRIC_KINDS.keys()].join(', ');
  expect(() => metricKind('median')).toThrow(RangeError);
  expect(() => metricKind('median')).toThrow(`unknown metric kind "median"; there are ${known}`);
});

test('a name with parameters that can not be, or in another form than they are stored in, is no kind', () => {
  const texts = ['count()', 'count(1)', 'histogram', 'histogram()', 'histogram(2,1)', 'histogram(1,1)'];
  texts.push(
    'histogram(1,)',
    'histogram( 1)',
    'histogram(01)',
    'histogram(NaN)',
    'histogram(1e999)',
    'histogram(-0)',
  );
  texts.push(
    'histogram(1',
    'histogram(1))',
    'distinct(3)',
    'distinct(12,12)',
    'quantile(0.01,1)',
    'quantile(0.5)',
  );
  texts.push(
    'quantile(0.01,0.5,0.9)',
    'quantiles(0.01)',
    'topK(0,100)',
    'topK(10,9)',
    'topK(10)',
    '',
    '(',
    '()',
  );
  for (const text of texts) expect([text, columnKind(text)]).toEqual([text, undefined]);
  expect(columnKind('histogram(0,1.5)')?.kind).toBe('histogram(0,1.5)');
});

describe.each(Object.entries(EXPECTATIONS))('%s', (text, { samples: sampleLists, check }) => {
  const kind = metricKind(text);
  /** Events, the same in another order, and where to cut that into parts. */
  const splits = sampleLists.chain((samples) =>
    fc.tuple(
      fc.constant(samples),
      shuffled(samples),
      fc.array(fc.nat({ max: samples.length }), { maxLength: 5 }),
    ),
  );

  test('is what the plainest computation says', () => {
    fc.assert(
      fc.property(sampleLists, (samples) => {
        const column = columnOfSamples(kind, samples);
        check(column.value(0, WINDOW_MS), samples);
        // To look makes no difference.
        expect(written(column, [0])).toEqual(written(columnOfSamples(kind, samples), [0]));
      }),
      { numRuns: 150 },
    );
  });

  test('no split, no order of adds or merges changes a bit, of the value or of the bytes', () => {
    fc.assert(
      fc.property(splits, ([samples, otherOrder, places]) => {
        const whole = columnOfSamples(kind, samples);
        const parts = cut(otherOrder, places);
        const apart = columnOfSamples(kind, ...parts);
        const merged = columnOfSamples(kind, []);
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
          expect(column.value(0, WINDOW_MS)).toEqual(whole.value(0, WINDOW_MS));
          expect(written(column, [0])).toEqual(written(whole, [0]));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('a fresh row is the identity, on either side', () => {
    fc.assert(
      fc.property(sampleLists, (samples) => {
        const column = columnOfSamples(kind, samples, []);
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
      fc.property(sampleLists, (samples) => {
        const column = columnOfSamples(kind, samples);
        const other = columnOfSamples(kind, samples);
        column.merge(0, other, 0);
        expect(written(other, [0])).toEqual(written(columnOfSamples(kind, samples), [0]));
        other.merge(0, other, 0);
        expect(written(other, [0])).toEqual(written(column, [0]));
        check(other.value(0, WINDOW_MS), [...samples, ...samples]);
      }),
    );
  });

  test('rows are written in the order asked for, and read back', () => {
    const rowLists = fc
      .array(sampleLists, { maxLength: 20 })
      .chain((lists) => fc.tuple(fc.constant(lists), shuffled([...lists.keys()])));
    fc.assert(
      fc.property(rowLists, ([lists, order]) => {
        const column = columnOfSamples(kind, ...lists);
        const bytes = written(column, order);
        const read = readBack(kind, bytes, order.length);
        const rows = order.map((_, row) => row);
        expect(rows.map((row) => read.value(row, WINDOW_MS))).toEqual(
          order.map((row) => column.value(row, WINDOW_MS)),
        );
        expect(written(read, rows)).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  test('what was read is added to like what was never written', () => {
    fc.assert(
      fc.property(sampleLists, sampleLists, (a, b) => {
        const read = readBack(kind, written(columnOfSamples(kind, a), [0]), 1);
        for (const { value, order, by } of b) read.add(0, value, order, by);
        expect(written(read, [0])).toEqual(written(columnOfSamples(kind, [...a, ...b]), [0]));
      }),
    );
  });

  test('merges with its own kind only', () => {
    const others = ['sum', 'count', 'variance', 'first', 'last', 'maxBy', 'distinct(12)', 'topK(3,100)'];
    for (const other of others.filter((each) => each !== text)) {
      const foreign = columnOf(metricKind(other), []);
      expect(() => columnOf(kind, []).merge(0, foreign, 0)).toThrow(TypeError);
    }
  });

  test('foreign bytes give a column or CorruptError', () => {
    const modes = fc.constantFrom(0, 1, 2, 3, 7, 8, 15);
    const bytes = fc
      .tuple(modes, fc.uint8Array({ maxLength: 100 }))
      .map(([mode, rest]) => Uint8Array.of(mode, ...rest));
    fc.assert(
      fc.property(bytes, fc.nat({ max: 12 }), (foreign, rows) => {
        expect(isSound(foreign, rows)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('damaged bytes give a column or CorruptError', () => {
    const damage = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.uint8Array({ maxLength: 2 }));
    fc.assert(
      fc.property(sampleLists, damage, (samples, [at, cutOut, put]) => {
        const bytes = [...written(columnOfSamples(kind, samples, [], samples), [0, 1, 2])];
        bytes.splice(at % bytes.length, cutOut, ...put);
        expect(isSound(Uint8Array.from(bytes), 3)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  /** Whether bytes are refused as they should be, or give answers, and can be stored again. */
  function isSound(bytes: Uint8Array, rows: number): boolean {
    let column: MetricColumn;
    try {
      column = kind.readColumn(new ByteReader(bytes), rows);
    } catch (error) {
      return error instanceof CorruptError;
    }
    const all = Array.from({ length: rows }, (_, row) => row);
    const stored = written(column, all);
    expect(written(readBack(kind, stored, rows), all)).toEqual(stored);
    return all.every((row) => isPlain(column.value(row, WINDOW_MS)));
  }
});

/** What JSON can carry without loss. */
function isPlain(value: MetricValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value !== 'object' || Object.values<MetricValue>(value ?? {}).every(isPlain);
}
