import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUANTILE_DEFAULTS, type QuantileParams, QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import { anyNumber, shuffled } from '../metrics/numbers.ts';
import { sampleSize } from '../sample-size.ts';
import { bytesOf, expectOnlyOwnBytes, fromHex, hexOf, whole } from './bytes.ts';
import { randomFractions, randomNormals, randomZipf } from './random.ts';

/** Few buckets, so that a handful of numbers collapses them. */
const NARROW: QuantileParams = { relativeError: 0.01, bucketsMax: 64 };

function sketchOf(numbers: Iterable<number>, params?: QuantileParams): QuantileSketch {
  const sketch = QuantileSketch.empty(params);
  for (const number of numbers) sketch.add(number);
  return sketch;
}

function decoded(sketch: QuantileSketch, params?: QuantileParams): QuantileSketch {
  return whole(bytesOf(sketch), (input) => QuantileSketch.decode(input, params));
}

/** SQL's `percentile_disc` by its definition, in integers: `q` is in thousandths. */
function exactQuantile(sorted: ArrayLike<number>, thousandths: number): number {
  for (let rank = 1; rank <= sorted.length; rank++) {
    if (1000 * rank >= thousandths * sorted.length) return sorted[rank - 1] as number;
  }
  throw new Error('no numbers');
}

/** Fractions in thousandths, tails and all. */
const THOUSANDTHS = [0, 1, 10, 50, 100, 250, 500, 750, 900, 950, 990, 999, 1000];

function expectWithin(sketch: QuantileSketch, numbers: readonly number[], relativeError: number): void {
  const sorted = Float64Array.from(numbers).sort();
  for (const thousandths of THOUSANDTHS) {
    const exact = exactQuantile(sorted, thousandths) + 0;
    const estimate = sketch.quantile(thousandths / 1000) ?? Number.NaN;
    // What has less than 2^-1022 counts as 0; else 1e-12 is for rounding.
    const allowed = (relativeError + 1e-12) * Math.abs(exact) + 2 ** -1022;
    expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(allowed);
  }
  expect(sketch.count).toBe(sorted.length);
  expect(sketch.min).toBe((sorted[0] ?? Number.NaN) + 0);
  expect(sketch.max).toBe((sorted.at(-1) ?? Number.NaN) + 0);
}

function range(size: number): number[] {
  return Array.from({ length: size }, (_, at) => at);
}

const SIZE = sampleSize(20_000);
const fraction = randomFractions(1);
const normal = randomNormals(2);
const zipf = randomZipf(3, 1e6);
const distributions: Readonly<Record<string, number[]>> = {
  uniform: range(SIZE).map(() => fraction() * 1000),
  normal: range(SIZE).map(() => normal() * 10),
  'heavy-tailed, lognormal': range(SIZE).map(() => Math.exp(2 * normal() + 3)),
  'heavy-tailed, Zipf': range(SIZE).map(() => zipf()),
  'heavy-tailed, Pareto with infinite mean': range(SIZE).map(() => fraction() ** -1.5),
  constant: range(SIZE).map(() => 42.5),
  'two far apart': range(SIZE).map((at) => (at % 100 === 0 ? 1e9 : 1e-9)),
  'mostly 0': range(SIZE).map((at) => (at % 50 === 0 ? normal() : 0)),
  ascending: range(SIZE),
  descending: range(SIZE).reverse(),
  sawtooth: range(SIZE).map((at) => (at * 7919) % 1000),
  'delays in minutes': range(SIZE).map(() => Math.round(Math.exp(normal() + 2) - 12)),
};

test.each(Object.entries(distributions))('quantiles are within 0.01 of themselves: %s', (_, numbers) => {
  const sketch = sketchOf(numbers);
  expect(sketch.relativeError).toBe(0.01);
  expectWithin(sketch, numbers, 0.01);
  expectWithin(decoded(sketch), numbers, 0.01);
});

test('any finite numbers, at any relative error, are within what the sketch says', () => {
  const params = fc.record({
    relativeError: fc.oneof(
      fc.constantFrom(0.0001, 0.01, 0.2),
      fc.double({ min: 0.0001, max: 0.2, noNaN: true }),
    ),
    bucketsMax: fc.constantFrom(64, 65, 2048),
  });
  fc.assert(
    fc.property(
      fc.array(anyNumber, { minLength: 1, maxLength: 120, size: 'max' }),
      params,
      (numbers, params) => {
        const sketch = sketchOf(numbers, params);
        expect(sketch.relativeError).toBeGreaterThanOrEqual(params.relativeError);
        expectWithin(sketch, numbers, sketch.relativeError);
      },
    ),
    { numRuns: 300 },
  );
});

test('the error doubles where numbers take too many buckets, no sooner', () => {
  // 1,800 % a decade: 2,048 buckets hold 17 decades.
  const decades = (count: number) => range(4000).map((at) => 10 ** ((at / 4000) * count));
  expect(sketchOf(decades(17)).relativeError).toBe(0.01);
  const wide = sketchOf(decades(19));
  expect(wide.relativeError).toBeCloseTo((2 * 0.01) / (1 + 0.01 ** 2), 12);
  expectWithin(wide, decades(19), wide.relativeError);
  const signs = decades(60).flatMap((x) => [x, -x]);
  const widest = sketchOf(signs);
  expect(widest.relativeError).toBeCloseTo(Math.tanh(8 * Math.atanh(0.01)), 12);
  expectWithin(widest, signs, widest.relativeError);
});

/** Lists long and wide enough that `NARROW` collapses parts of them at different levels. */
const number = fc.oneof(
  anyNumber,
  fc
    .tuple(fc.integer({ min: -300, max: 300 }), fc.boolean())
    .map(([at, negative]) => 1.1 ** at * (negative ? -1 : 1)),
);
const parts = fc.array(fc.array(number, { maxLength: 120, size: 'max' }), { minLength: 1, maxLength: 6 });

test('any split, order and nesting of merges gives the same bytes', () => {
  const levels = new Set<number>();
  fc.assert(
    fc.property(
      parts.chain((parts) => fc.tuple(fc.constant(parts), shuffled(parts.flat()))),
      fc.infiniteStream(fc.nat()),
      ([parts, order], choices) => {
        const all = sketchOf(parts.flat(), NARROW);
        levels.add(all.relativeError);
        expect(hexOf(sketchOf(order, NARROW))).toBe(hexOf(all));
        const sketches = parts.map((numbers) => sketchOf(numbers, NARROW));
        // Merges two at random, some through their bytes, until one is left.
        while (sketches.length > 1) {
          const [into] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
          const [from] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
          if (into === undefined || from === undefined) throw new Error('two sketches');
          const before = hexOf(from);
          into.merge((choices.next().value ?? 0) % 2 === 0 ? from : decoded(from, NARROW));
          expect(hexOf(from)).toBe(before);
          sketches.push((choices.next().value ?? 0) % 2 === 0 ? into : decoded(into, NARROW));
        }
        expect(sketches.map(hexOf)).toEqual([hexOf(all)]);
      },
    ),
    // Cases this large take minutes to shrink.
    { numRuns: 400, endOnFailure: true },
  );
  expect(levels.size).toBeGreaterThan(4);
});

test('the level is the least at which the numbers fit: by counting buckets of the whole', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 200, size: 'max' }), (drawn) => {
      const gamma = Math.log2(1.01 / 0.99);
      // Those within rounding of a boundary may fall to either side of it.
      const numbers = drawn.filter((x) => {
        const at = Math.log2(Math.abs(x)) / gamma;
        const distance = Math.abs(at - Math.round(at));
        return x === 0 || distance === 0 || distance > 1e-7;
      });
      const sketch = sketchOf(numbers, NARROW);
      const level = Math.round(Math.log2(Math.atanh(sketch.relativeError) / Math.atanh(0.01)));
      const fits = (level: number) => {
        const width = 2 ** level;
        // The first bucket is that of 2^-1022.
        const shift = 1 - Math.ceil(-1022 / gamma);
        const buckets = numbers.map((x) => {
          if (Math.abs(x) < 2 ** -1022) return 0;
          return Math.sign(x) * Math.ceil((Math.ceil(Math.log2(Math.abs(x)) / gamma) + shift) / width);
        });
        return new Set(buckets).size <= NARROW.bucketsMax;
      };
      expect(fits(level)).toBe(true);
      if (level > 0) expect(fits(level - 1)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('adding a number n times is adding it once with n', () => {
  const times = fc.array(fc.tuple(number, fc.integer({ min: 1, max: 4 })), { maxLength: 80, size: 'max' });
  fc.assert(
    fc.property(times, (times) => {
      const sketch = QuantileSketch.empty(NARROW);
      for (const [number, count] of times) sketch.add(number, count);
      const each = times.flatMap(([number, count]) => range(count).map(() => number));
      expect(hexOf(sketchOf(each, NARROW))).toBe(hexOf(sketch));
    }),
    { numRuns: 100 },
  );
});

test('merging with nothing changes nothing; merging with itself doubles the counts', () => {
  for (const numbers of [[], [3], [...range(300), -1e50, 1e-50]]) {
    const sketch = sketchOf(numbers, NARROW);
    const before = hexOf(sketch);
    sketch.merge(QuantileSketch.empty(NARROW));
    expect(hexOf(sketch)).toBe(before);
    const empty = QuantileSketch.empty(NARROW);
    empty.merge(sketch);
    expect(hexOf(empty)).toBe(before);
    sketch.merge(sketch);
    expect(hexOf(sketch)).toBe(hexOf(sketchOf([...numbers, ...numbers], NARROW)));
  }
});

test('it can be added to after merging with nothing', () => {
  const sketch = QuantileSketch.empty();
  sketch.merge(QuantileSketch.empty());
  for (const number of range(20)) sketch.add(number);
  expect(hexOf(sketch)).toBe(hexOf(sketchOf(range(20))));
});

test('ranks are those of percentile_disc, also where q * n is rounded up', () => {
  const powers = (size: number) => sketchOf(range(size).map((at) => 2 ** at));
  const rank = (size: number, q: number) => 1 + Math.round(Math.log2(powers(size).quantile(q) ?? Number.NaN));
  // 0.07 * 100 is 7.000000000000001.
  expect(rank(100, 0.07)).toBe(7);
  expect(rank(100, 0.070001)).toBe(8);
  expect(rank(20, 0.95)).toBe(19);
  expect(rank(20, 0.951)).toBe(20);
  expect(rank(3, 1 / 3)).toBe(1);
  expect(sketchOf([1, 2]).quantile(0.5)).toBe(1);
});

test('no numbers, one number, 0 and -0', () => {
  const empty = QuantileSketch.empty();
  expect([empty.quantile(0.5), empty.min, empty.max, empty.count]).toEqual([null, null, null, 0]);
  const one = sketchOf([0.1]);
  expect([0, 0.5, 1].map((q) => one.quantile(q))).toEqual([0.1, 0.1, 0.1]);
  const zeros = sketchOf([-0, 0, -0]);
  expect([zeros.min, zeros.quantile(0.5), zeros.max]).toEqual([0, 0, 0]);
  expect(hexOf(zeros)).toBe(hexOf(sketchOf([0, 0, 0])));
  const tiny = sketchOf([5e-324, -5e-324, 5e-324]);
  expect([tiny.min, tiny.quantile(0.5), tiny.max]).toEqual([-5e-324, 0, 5e-324]);
});

test('what can not be added is refused, and leaves no trace', () => {
  const sketch = sketchOf([1]);
  const before = hexOf(sketch);
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, -Number.POSITIVE_INFINITY, 1.1e100]) {
    expect(() => sketch.add(number)).toThrow(RangeError);
  }
  for (const count of [0, -1, 0.5, Number.NaN, 2 ** 53])
    expect(() => sketch.add(2, count)).toThrow(RangeError);
  expect(() => sketch.add(2, Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
  const full = QuantileSketch.empty();
  full.add(2, Number.MAX_SAFE_INTEGER);
  expect(() => sketch.merge(full)).toThrow(RangeError);
  expect(() => sketch.merge(QuantileSketch.empty(NARROW))).toThrow(RangeError);
  for (const q of [-0.1, 1.1, Number.NaN]) expect(() => sketch.quantile(q)).toThrow(RangeError);
  expect(hexOf(sketch)).toBe(before);
  expect(decoded(full).quantile(0.5)).toBe(2);
});

test('other parameters are refused', () => {
  const wrong: Partial<QuantileParams>[] = [
    { relativeError: 0 },
    { relativeError: 0.5 },
    { relativeError: Number.NaN },
    { bucketsMax: 63 },
    { bucketsMax: 100.5 },
    { bucketsMax: 100_000 },
  ];
  for (const params of wrong) {
    expect(() => QuantileSketch.empty({ ...QUANTILE_DEFAULTS, ...params })).toThrow(RangeError);
  }
  // Bytes of another relative error do not end where their numbers are.
  expect(() => decoded(sketchOf(range(50)), { relativeError: 0.02, bucketsMax: 2048 })).toThrow('corrupt');
});

test('sizes are those that are stated', () => {
  expect(bytesOf(QuantileSketch.empty())).toHaveLength(2);
  expect(bytesOf(sketchOf([42, 42, 42]))).toHaveLength(5);
  // As wide as it gets: bytes stay within bounds.
  const widest = sketchOf(range(100_000).map(() => normal() * 10 ** (190 * fraction() - 95)));
  expect(bytesOf(widest).length).toBeLessThan(4 * QUANTILE_DEFAULTS.bucketsMax);
  expect(widest.byteLength).toBeGreaterThan(bytesOf(widest).length);
});

test('version 1 is read and written as ever', () => {
  const sketch = sketchOf([-3, 0, 0.5, 10, 10, 1000]);
  expect(hexOf(sketch)).toBe(GOLDEN);
  const golden = whole(fromHex(GOLDEN), (input) => QuantileSketch.decode(input));
  expect([golden.min, golden.max, golden.count]).toEqual([-3, 1000, 6]);
  expect(golden.quantile(0.6)).toBeCloseTo(10, 0);
});

const GOLDEN = '01050005d00f919502b894029501e5010101010201';

test('foreign bytes are refused, or are what would be written', () => {
  expectOnlyOwnBytes(
    fc
      .array(fc.oneof(number, fc.integer({ min: -50, max: 50 })), { maxLength: 90, size: 'max' })
      .map((numbers) => sketchOf(numbers, NARROW)),
    (input) => QuantileSketch.decode(input, NARROW),
    (sketch) => {
      const { count, min, max } = sketch;
      for (const q of [0, 0.3, 0.9, 1]) {
        const estimate = sketch.quantile(q);
        if (count === 0) expect(estimate).toBeNull();
        else
          expect(
            estimate !== null && min !== null && max !== null && estimate >= min && estimate <= max,
          ).toBe(true);
      }
      if (count > 2 ** 52) return;
      sketch.merge(sketchOf(range(70), NARROW));
      whole(bytesOf(sketch), (input) => QuantileSketch.decode(input, NARROW));
    },
  );
});

test('bytes that contradict themselves are refused', () => {
  const decode = (hex: string) => whole(fromHex(hex), (input) => QuantileSketch.decode(input));
  // One bucket, level 0, from 1000 to 1001, two numbers; then one number.
  expect(decode('010100d00fd20f02').max).toBe(1001);
  expect(() => decode('010100d00fd20f01')).toThrow('one number');
  // The least is greater than the greatest, in the same bucket; the same as both, written twice.
  expect(() => decode('010100d20fd00f02')).toThrow('from the least to the greatest');
  expect(() => decode('010100d00fd00f02')).toThrow('numbers in their form');
  // The number 1, three times; never; at a level that no numbers need.
  expect(decode('0101040203').count).toBe(3);
  expect(() => decode('0101040200')).toThrow('a bucket that has numbers');
  expect(() => decode('0101a40203')).toThrow('a level of at most 6');
  expect(() => decode('020104020300')).toThrow('found version 2');
  // Two buckets where least and greatest have one.
  expect(() => decode('010204020003')).toThrow('from the least to the greatest');
});

test('huge sizes are refused before anything is made for them', () => {
  for (const hex of ['01ffffffffffff0f00', '01808004', '0180808080808004']) {
    expect(() => whole(fromHex(hex), (input) => QuantileSketch.decode(input))).toThrow('corrupt');
  }
});
