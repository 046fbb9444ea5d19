import { describe, expect, test } from 'vitest';
import {
  count,
  DefinitionError,
  definePipeline,
  distinct,
  first,
  histogram,
  last,
  maxBy,
  minBy,
  quantile,
  quantiles,
  rate,
  topK,
  tumbling,
  variance,
} from 'weir';
import * as z from 'zod';
import type { Aggregate } from '#core/pipeline/pipeline.ts';

function aggregateOf(metrics: unknown): Aggregate | undefined {
  return definePipeline({
    name: 'orders',
    schema: z.object({ at: z.string(), shop: z.string(), amount: z.number(), other: z.number() }),
    eventTime: ({ at }: { at: string }) => at,
    aggregates: { a: { groupBy: [], window: tumbling('1h'), metrics } },
  } as never).aggregates[0];
}

function problemsOf(metric: unknown): string[] {
  try {
    aggregateOf({ m: metric });
  } catch (error) {
    if (error instanceof DefinitionError)
      return error.problems.map(({ place, message }) => `${place} ${message}`);
    throw error;
  }
  return [];
}

describe('a metric with parameters', () => {
  test('has them in its kind, those that were not given too, so that they are stored', () => {
    const metrics = aggregateOf({
      rate: rate(),
      variance: variance('amount'),
      first: first('shop'),
      last: last('amount'),
      histogram: histogram('amount', [-0, 1.5, 1e21]),
      distinct: distinct('shop'),
      finer: distinct('shop', { precision: 14 }),
      quantile: quantile('amount', 0.95),
      finer_quantile: quantile('amount', 0.95, { relativeError: 0.001 }),
      quantiles: quantiles('amount', [0.9, 0.5]),
      top: topK('shop', 5),
      top_50: topK('shop', 50),
      exact_top: topK('shop', 5, { capacity: 2000 }),
    })?.metrics;
    expect(Object.fromEntries(metrics?.map(({ name, kind }) => [name, kind]) ?? [])).toEqual({
      rate: 'rate',
      variance: 'variance',
      first: 'first',
      last: 'last',
      histogram: 'histogram(0,1.5,1e+21)',
      distinct: 'distinct(12)',
      finer: 'distinct(14)',
      quantile: 'quantile(0.01,0.95)',
      finer_quantile: 'quantile(0.001,0.95)',
      quantiles: 'quantiles(0.01,0.9,0.5)',
      top: 'topK(5,100)',
      top_50: 'topK(50,500)',
      exact_top: 'topK(5,2000)',
    });
    expect(metrics?.map(({ field }) => field)).toEqual([
      undefined,
      ...['amount', 'shop', 'amount', 'amount', 'shop', 'shop'],
      ...['amount', 'amount', 'amount', 'shop', 'shop', 'shop'],
    ]);
  });

  test('is another generation with other parameters, and the same with the same', () => {
    const generation = (metric: unknown) => aggregateOf({ m: metric })?.generation;
    const different = [
      histogram('amount', [1, 2]),
      histogram('amount', [1, 3]),
      histogram('amount', [1]),
      distinct('shop'),
      distinct('shop', { precision: 13 }),
      quantile('amount', 0.5),
      quantile('amount', 0.9),
      quantile('amount', 0.5, { relativeError: 0.02 }),
      quantiles('amount', [0.5]),
      topK('shop', 10),
      topK('shop', 9),
      topK('shop', 10, { capacity: 200 }),
      first('shop'),
      last('shop'),
      maxBy('shop', 'amount'),
      maxBy('at', 'amount'),
      maxBy('shop', 'other'),
      minBy('shop', 'amount'),
      count(),
      rate(),
    ];
    expect(new Set(different.map(generation)).size).toBe(different.length);
    expect(generation(histogram('amount', [1, 2.0]))).toBe(generation(histogram('amount', [1, 2])));
    expect(generation(distinct('shop', { precision: 12 }))).toBe(generation(distinct('shop')));
  });
});

const many = (count: number) => Array.from({ length: count }, (_, i) => i);

test.each<[string, () => unknown, RegExp]>([
  [
    'no bounds',
    () => histogram('amount', []),
    /has 0 bounds; give 1 to 1,000, ascending, e\.g\. \[0, 15, 60\]/,
  ],
  ['too many bounds', () => histogram('amount', many(1001)), /has 1001 bounds; give 1 to 1,000/],
  [
    'bounds that fall',
    () => histogram('amount', [1, 3, 2]),
    /has the bound 2 after 3; give them ascending, each once/,
  ],
  ['a bound twice', () => histogram('amount', [0, -0]), /has the bound 0 after 0; give them ascending/],
  [
    'a bound that is no number',
    () => histogram('amount', [1, Number.NaN]),
    /has the parameter NaN; give finite numbers/,
  ],
  [
    'an infinite bound',
    () => histogram('amount', [1, Number.POSITIVE_INFINITY]),
    /has the parameter Infinity; give/,
  ],
  [
    'a bound as text',
    () => histogram('amount', ['1'] as never),
    /has the parameter '1'; give finite numbers/,
  ],
  [
    'bounds that are no list',
    () => histogram('amount', '0,1' as never),
    /has the parameter '0,1'; give finite/,
  ],
  ['no list at all', () => histogram('amount', undefined as never), /has 0 bounds/],
  ['a hole', () => histogram('amount', [1, undefined] as never), /has the parameter undefined; give finite/],
  [
    'quantile 0',
    () => quantile('amount', 0),
    /has the quantile 0; give a fraction between 0 and 1, e\.g\. 0\.95/,
  ],
  ['quantile 1', () => quantile('amount', 1), /has the quantile 1; give .*\(min and max are exact\)/],
  ['quantile 95', () => quantile('amount', 95), /has the quantile 95; give/],
  ['no quantile', () => quantile('amount', undefined as never), /has the parameter undefined; give/],
  ['no quantiles', () => quantiles('amount', []), /has 0 quantiles; give 1 to 100, e\.g\. \[0\.5, 0\.95\]/],
  ['too many quantiles', () => quantiles('amount', many(101)), /has 101 quantiles; give 1 to 100/],
  [
    'quantiles that are no list',
    () => quantiles('amount', undefined as never),
    /has the parameter undefined; give/,
  ],
  [
    'no error',
    () => quantile('amount', 0.5, { relativeError: 0 }),
    /has the relative error 0; give a fraction from 0\.0001 to 0\.2, e\.g\. 0\.01 for 1 %/,
  ],
  [
    'an error of 1 %, as 1',
    () => quantile('amount', 0.5, { relativeError: 1 }),
    /has the relative error 1; give/,
  ],
  ['k of 0', () => topK('shop', 0), /has 0 for k; give a whole number from 1 to 1,000/],
  ['half a k', () => topK('shop', 1.5), /has 1\.5 for k; give/],
  ['too great a k', () => topK('shop', 1001), /has 1001 for k; give/],
  ['no k', () => topK('shop', undefined as never), /has the parameter undefined; give/],
  [
    'a capacity below k',
    () => topK('shop', 10, { capacity: 9 }),
    /has the capacity 9; give a whole number from k \(10\) to 10,000/,
  ],
  ['too great a capacity', () => topK('shop', 1, { capacity: 10_001 }), /has the capacity 10001; give/],
  [
    'a precision of 3',
    () => distinct('shop', { precision: 3 }),
    /has the precision 3; give a whole number from 4 to 16/,
  ],
  ['a precision of 17', () => distinct('shop', { precision: 17 }), /has the precision 17; give/],
  ['an error for a precision', () => distinct('shop', { precision: 0.01 }), /has the precision 0\.01; give/],
  ['a field that there is not', () => first('shp' as never), /names the field 'shp'/],
  ['no field to go by', () => maxBy('shop', undefined as never), /\.by names undefined as a field/],
  [
    'a field to go by that there is not',
    () => minBy('shop', 'amuont' as never),
    /\.by names the field 'amuont'/,
  ],
  ['no field', () => topK(undefined as never, 5), /names undefined as a field/],
  [
    'parameters of a kind that has none',
    () => ({ ...count(), params: [5] }),
    /takes no parameters, and has 5/,
  ],
])('a mistake is told with its place and remedy: %s', (_, define, message) => {
  const found = problemsOf(define());
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^aggregates\.a\.metrics\.m(?:\.by)? /);
  expect(found[0]).toMatch(message);
});

test('the bounds of every parameter can be reached', () => {
  const good = [
    histogram('amount', many(1000)),
    quantile('amount', Number.MIN_VALUE, { relativeError: 0.0001 }),
    quantile('amount', 1 - 2 ** -53, { relativeError: 0.2 }),
    quantiles(
      'amount',
      many(100).map((i) => (i + 1) / 101),
    ),
    topK('shop', 1000),
    topK('shop', 1, { capacity: 1 }),
    topK('shop', 1000, { capacity: 10_000 }),
    distinct('shop', { precision: 4 }),
    distinct('shop', { precision: 16 }),
  ];
  for (const metric of good) expect(problemsOf(metric)).toEqual([]);
});
