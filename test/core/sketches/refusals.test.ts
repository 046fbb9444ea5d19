import { expect, test } from 'vitest';
import { HyperLogLog } from '#core/sketches/hyper-log-log.ts';
import { QUANTILE_DEFAULTS, QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import { requireFinite } from '#core/sketches/scalar.ts';
import { TopK } from '#core/sketches/top-k.ts';

test.each<[string, () => unknown, string]>([
  [
    'a relative error',
    () => QuantileSketch.empty({ ...QUANTILE_DEFAULTS, relativeError: 0.5 }),
    'a relative error is from 0.0001 to 0.2, not 0.5',
  ],
  [
    'a number of buckets',
    () => QuantileSketch.empty({ ...QUANTILE_DEFAULTS, bucketsMax: 65_537 }),
    'a number of buckets is a whole number from 64 to 65536, not 65537',
  ],
  [
    'a number in a quantile',
    () => QuantileSketch.empty().add(2e100),
    'a quantile takes numbers of magnitude up to 1e+100: refuse others before',
  ],
  [
    'how often a number came',
    () => QuantileSketch.empty().add(1, 0.5),
    'a number is added a whole number of times, not 0.5',
  ],
  ['a quantile', () => QuantileSketch.empty().quantile(2), 'a quantile is a fraction from 0 to 1, not 2'],
  [
    'too many numbers',
    () => {
      const sketch = QuantileSketch.empty();
      sketch.add(1, Number.MAX_SAFE_INTEGER);
      sketch.add(1);
    },
    'a quantile takes at most 2^53 - 1 numbers',
  ],
  [
    'a precision',
    () => HyperLogLog.empty({ precision: 17 }),
    'a precision is a whole number from 4 to 16, not 17',
  ],
  ['a capacity', () => TopK.empty({ capacity: 0 }), 'a capacity is a whole number from 1 to'],
  [
    'how often a value came',
    () => TopK.empty({ capacity: 4 }).add('a', -1),
    'a value is added a whole number of times, not -1',
  ],
  [
    'too many values',
    () => {
      const top = TopK.empty({ capacity: 4 });
      top.add('a', Number.MAX_SAFE_INTEGER);
      top.add('b');
    },
    'top values take at most 2^53 - 1 values',
  ],
  [
    'a number that is not finite',
    () => requireFinite(Number.NaN),
    'a sketch takes finite numbers only: refuse others before',
  ],
])('%s beyond its bounds is refused, with the bounds', (_, refused, message) => {
  expect(refused).toThrow(RangeError);
  expect(refused).toThrow(message);
});

test('bounds themselves are allowed', () => {
  for (const capacity of [1, 10_000]) expect(TopK.empty({ capacity }).items(1)).toEqual([]);
  for (const params of [
    { relativeError: 0.2, bucketsMax: 65_536 },
    { relativeError: 0.0001, bucketsMax: 64 },
  ])
    expect(QuantileSketch.empty(params).count).toBe(0);
});

test('the standard error is that of so many registers, or of so many fine indexes while these are kept', () => {
  const sketch = HyperLogLog.empty({ precision: 8 });
  sketch.add(1);
  expect(sketch.standardError).toBe(1 / Math.sqrt(2 ** 27));
  for (let value = 0; value < 1000; value++) sketch.add(value);
  expect(sketch.standardError).toBe(1.04 / 16);
});

test('as many sketches of different errors as there are: each has its own', () => {
  const errors = Array.from({ length: 60 }, (_, at) => 0.001 + at / 1000);
  for (const relativeError of [...errors, ...errors]) {
    const sketch = QuantileSketch.empty({ relativeError, bucketsMax: 64 });
    sketch.add(1);
    expect(sketch.relativeError).toBeCloseTo(relativeError, 12);
  }
});
