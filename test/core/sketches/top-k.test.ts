import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Scalar } from '#core/sketches/scalar.ts';
import { capacityForTop, TopK, type TopKParams } from '#core/sketches/top-k.ts';
import { sampleSize } from '../sample-size.ts';
import { bytesOf, expectOnlyOwnBytes, fromHex, hexOf, whole } from './bytes.ts';
import { randomWords, randomZipf } from './random.ts';

const SMALL: TopKParams = { capacity: 4 };
const HUNDRED: TopKParams = { capacity: 100 };

function sketchOf(values: Iterable<Scalar>, params: TopKParams): TopK {
  const sketch = TopK.empty(params);
  for (const value of values) sketch.add(value);
  return sketch;
}

function decoded(sketch: TopK, params: TopKParams): TopK {
  return whole(bytesOf(sketch), (input) => TopK.decode(input, params));
}

function exactCounts(values: Iterable<Scalar>): Map<Scalar, number> {
  const counts = new Map<Scalar, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** What the sketch promises, whatever it has been through. */
function expectWithinBounds(sketch: TopK, values: readonly Scalar[], { capacity }: TopKParams): void {
  const exact = exactCounts(values);
  const items = sketch.items(capacity);
  const { errorMax } = sketch;
  expect(sketch.total).toBe(values.length);
  expect(errorMax).toBeLessThanOrEqual(values.length / (capacity + 1));
  for (const { value, count, error } of items) {
    const truth = exact.get(value) ?? 0;
    expect(truth).toBeGreaterThan(0);
    expect(truth).toBeLessThanOrEqual(count);
    expect(truth).toBeGreaterThanOrEqual(count - error);
    expect(error).toBeLessThanOrEqual(errorMax);
  }
  const kept = new Set(items.map(({ value }) => value));
  expect(kept.size).toBe(Math.min(capacity, exact.size));
  expect([...exact].filter(([value, count]) => !kept.has(value) && count > errorMax)).toEqual([]);
  const byRank = items.toSorted((a, b) => b.count - a.count || a.error - b.error);
  expect(items).toEqual(byRank);
}

function range(size: number): number[] {
  return Array.from({ length: size }, (_, at) => at);
}

const SIZE = sampleSize(30_000);
const zipf = randomZipf(1, 20_000);
const words = randomWords(2);
const streams: Readonly<Record<string, Scalar[]>> = {
  'heavy-tailed, Zipf': range(SIZE).map(() => `page-${zipf()}`),
  'uniform, few': range(SIZE).map(() => words() % 90),
  'uniform, many': range(SIZE).map(() => words() % 5000),
  'all different, ascending': range(SIZE),
  'all different, descending': range(SIZE).reverse(),
  sawtooth: range(SIZE).map((at) => at % 150),
  constant: range(SIZE).map(() => 'ATL'),
  'strings that differ in their last character': range(SIZE).map(
    () => `a rather long common beginning ${String.fromCodePoint(0x100 + (words() % 300))}`,
  ),
  // The frequent one comes first, is dropped for a flood of others, and comes again: the worst for a count.
  'a flood between': [...range(100).map(() => 'x'), ...range(SIZE - 200), ...range(100).map(() => 'x')],
};

test.each(Object.entries(streams))('counts are within bounds, added and merged: %s', (_, values) => {
  const sketch = sketchOf(values, HUNDRED);
  expectWithinBounds(sketch, values, HUNDRED);
  for (const size of [97, 1000, 9000]) {
    const merged = TopK.empty(HUNDRED);
    for (let at = 0; at < values.length; at += size) {
      merged.merge(decoded(sketchOf(values.slice(at, at + size), HUNDRED), HUNDRED));
    }
    expectWithinBounds(merged, values, HUNDRED);
    expect(merged.total).toBe(sketch.total);
  }
});

test('the most frequent of a heavy-tailed stream are found, exactly', () => {
  const values = streams['heavy-tailed, Zipf'] ?? [];
  const exact = [...exactCounts(values)].sort((a, b) => b[1] - a[1]).slice(0, 10);
  const items = sketchOf(values, { capacity: capacityForTop(10) }).items(10);
  expect(items.map(({ value, count }) => [value, count])).toEqual(exact);
  expect(items.map(({ error }) => error)).toEqual(range(10).map(() => 0));
});

const LONG = 'long'.repeat(100);

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.integer({ min: 0, max: 9 }).map(String),
  fc.boolean(),
  fc.constantFrom(0.5, -1e300, 5e-324, '', 'a', 'ab', '\ud800', LONG),
);
const fewScalars = fc.constantFrom<Scalar>(1, '1', true, 'a');
const parts = fc.oneof(
  fc.array(fc.array(scalar, { maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.array(fewScalars, { maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 6 }),
);

test('whatever is merged with what, counts are within bounds; exact and order-free up to the capacity', () => {
  fc.assert(
    fc.property(parts, fc.infiniteStream(fc.nat()), (parts, choices) => {
      const sketches = parts.map((values) => ({ sketch: sketchOf(values, SMALL), values }));
      while (sketches.length > 1) {
        const [into] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
        const [from] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
        if (into === undefined || from === undefined) throw new Error('two sketches');
        const other = decoded(from.sketch, SMALL);
        other.merge(into.sketch);
        const before = hexOf(from.sketch);
        into.sketch.merge(from.sketch);
        // Commutative, through bytes or not; and the other one stays as it is.
        expect(hexOf(other)).toBe(hexOf(into.sketch));
        expect(hexOf(from.sketch)).toBe(before);
        sketches.push({ sketch: into.sketch, values: [...into.values, ...from.values] });
      }
      const [all] = sketches;
      if (all === undefined) throw new Error('one sketch');
      const values = all.values.map(shown);
      expectWithinBounds(all.sketch, values, SMALL);
      const exact = exactCounts(values);
      if (exact.size > SMALL.capacity) return;
      expect(all.sketch.errorMax).toBe(0);
      expect(hexOf(all.sketch)).toBe(hexOf(sketchOf(all.values.toReversed(), SMALL)));
      for (const { value, count, error } of all.sketch.items(9))
        expect([count, error]).toEqual([exact.get(value), 0]);
    }),
    { numRuns: 400 },
  );
});

/** As the items have it. */
function shown(value: Scalar): Scalar {
  return value === LONG ? (sketchOf([LONG], SMALL).items(1)[0]?.value ?? '') : value;
}

test('a long string is bounded, and its counts go together', () => {
  const sketch = sketchOf(['x'.repeat(1_000_000), 'x'.repeat(1_000_000), `${'x'.repeat(999_999)}y`], SMALL);
  expect(sketch.items(2).map(({ count }) => count)).toEqual([2, 1]);
  expect(bytesOf(sketch).length).toBeLessThan(600);
  expect(decoded(sketch, SMALL).items(2)).toEqual(sketch.items(2));
});

test('values that are added several times at once are within bounds too', () => {
  const times = fc.array(fc.tuple(scalar, fc.integer({ min: 1, max: 50 })), { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(times, (times) => {
      const sketch = TopK.empty(SMALL);
      for (const [value, count] of times) sketch.add(value, count);
      const values = times.flatMap(([value, count]) => range(count).map(() => shown(value)));
      expectWithinBounds(sketch, values, SMALL);
      expect(decoded(sketch, SMALL).items(9)).toEqual(sketch.items(9));
    }),
    { numRuns: 300 },
  );
});

test('to look at a sketch makes no difference', () => {
  const looked = TopK.empty(SMALL);
  const plain = TopK.empty(SMALL);
  for (const value of (streams['uniform, many'] ?? []).slice(0, 300)) {
    plain.add(value);
    looked.add(value);
    looked.items(3);
    bytesOf(looked);
    expect(looked.errorMax).toBeLessThanOrEqual(looked.total / 5);
    TopK.empty(SMALL).merge(looked);
  }
  expect(hexOf(looked)).toBe(hexOf(plain));
});

test('merging with nothing leaves what would be written', () => {
  for (const size of [0, 1, 4, 5, 8, 9, 50]) {
    const sketch = sketchOf(range(size), SMALL);
    const before = hexOf(sketch);
    sketch.merge(TopK.empty(SMALL));
    expect(hexOf(sketch)).toBe(before);
    const empty = TopK.empty(SMALL);
    empty.merge(sketch);
    expect(hexOf(empty)).toBe(before);
  }
});

test('after a merge, a sketch goes on as one that was decoded would', () => {
  // Of five values, the merge drops the 5, which came twice.
  const merged = sketchOf([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], SMALL);
  merged.merge(sketchOf([5, 5], SMALL));
  const copy = decoded(merged, SMALL);
  for (const sketch of [merged, copy]) for (const value of [5, 5, 5, 6]) sketch.add(value);
  expect(hexOf(merged)).toBe(hexOf(copy));
  expect(merged.items(1)).toEqual([{ value: 5, count: 5, error: 2 }]);
});

test('merging with itself doubles the counts', () => {
  const sketch = sketchOf(['a', 'a', 'b'], SMALL);
  sketch.merge(sketch);
  expect(sketch.items(9)).toEqual([
    { value: 'a', count: 4, error: 0 },
    { value: 'b', count: 2, error: 0 },
  ]);
});

test('ties are broken by the value: booleans, numbers, strings', () => {
  const values: Scalar[] = ['b', 'a', '10', '9', 2, 10, -1, 0.5, true, false];
  const sketch = sketchOf(values, HUNDRED);
  expect(sketch.items(10).map(({ value }) => value)).toEqual([
    false,
    true,
    -1,
    2,
    10,
    0.5,
    '10',
    '9',
    'a',
    'b',
  ]);
  expect(sketchOf([-0, 0, -0], HUNDRED).items(2)).toEqual([{ value: 0, count: 3, error: 0 }]);
});

test('what can not be added is refused, and leaves no trace', () => {
  const sketch = sketchOf([1], SMALL);
  const before = hexOf(sketch);
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => sketch.add(number)).toThrow(RangeError);
  for (const count of [0, -1, 0.5, Number.NaN]) expect(() => sketch.add(2, count)).toThrow(RangeError);
  expect(() => sketch.add(2, Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
  expect(() => sketch.merge(TopK.empty(HUNDRED))).toThrow('capacity 100 into capacity 4');
  const full = TopK.empty(SMALL);
  full.add('a', Number.MAX_SAFE_INTEGER);
  expect(() => sketch.merge(full)).toThrow(RangeError);
  expect(hexOf(sketch)).toBe(before);
  expect(decoded(full, SMALL).items(1)).toEqual([{ value: 'a', count: Number.MAX_SAFE_INTEGER, error: 0 }]);
  for (const capacity of [0, 1.5, 10_001]) expect(() => TopK.empty({ capacity })).toThrow(RangeError);
});

test('sizes are those that are stated', () => {
  expect(bytesOf(TopK.empty(SMALL))).toHaveLength(3);
  expect(bytesOf(sketchOf([200], SMALL))).toHaveLength(7);
  const zipf = sketchOf(streams['heavy-tailed, Zipf'] ?? [], HUNDRED);
  expect(bytesOf(zipf).length).toBeLessThan(1000);
  expect(zipf.byteLength).toBeGreaterThan(bytesOf(zipf).length);
});

test('version 1 is read and written as ever', () => {
  const values: Scalar[] = ['ATL', 'ATL', 'ATW', 1, '1', true, 0.5, 'ATL', 'ORD', 'DFW', 'ATL'];
  expect(hexOf(sketchOf(values, HUNDRED))).toBe(GOLDEN_EXACT);
  expect(hexOf(sketchOf(values, { capacity: 3 }))).toBe(GOLDEN_BOUNDED);
  const exact = whole(fromHex(GOLDEN_EXACT), (input) => TopK.decode(input, HUNDRED));
  expect(exact.items(1)).toEqual([{ value: 'ATL', count: 4, error: 0 }]);
  const bounded = whole(fromHex(GOLDEN_BOUNDED), (input) => TopK.decode(input, { capacity: 3 }));
  expect(bounded.items(1)).toEqual([{ value: 'ATL', count: 4, error: 0 }]);
  expect(bounded.total).toBe(11);
});

const GOLDEN_EXACT =
  '01001e010201000000000000e03f05000131000341544c020157000344465700034f52440101010104010101';
const GOLDEN_BOUNDED = '01011202000341544c00034446570003010000010b';

test('foreign bytes are refused, or are what would be written', () => {
  expectOnlyOwnBytes(
    fc.array(scalar, { maxLength: 40, size: 'max' }).map((values) => sketchOf(values, SMALL)),
    (input) => TopK.decode(input, SMALL),
    (sketch) => {
      expect(sketch.errorMax).toBeLessThanOrEqual(sketch.total / 5);
      for (const { count, error } of sketch.items(4)) expect(error).toBeLessThan(count);
      if (sketch.total > 2 ** 52) return;
      sketch.merge(sketchOf(range(70), SMALL));
      whole(bytesOf(sketch), (input) => TopK.decode(input, SMALL));
    },
  );
});

test('bytes that contradict themselves are refused', () => {
  const decode = (hex: string) => whole(fromHex(hex), (input) => TopK.decode(input, { capacity: 2 }));
  // Floor 3; true and false, 3 and 0 above it, errors 3 and 2; total 12, which is 3 above and 3 times the floor.
  expect(decode('010303030003020c').items(1)).toEqual([{ value: false, count: 6, error: 3 }]);
  expect(() => decode('010303030003020b')).toThrow('a total of all counts');
  expect(() => decode('010303030004020d')).toThrow('an error below floor and count');
  // As much error as count: it never came.
  expect(() => decode('010303030003030c')).toThrow('an error below floor and count');
  // One value, though there were more than two; three values; a value that never came.
  expect(() => decode('01030103030c')).toThrow('2 values, as there are more');
  expect(() => decode('010007010001010101')).toThrow('at most 2 values');
  expect(() => decode('01000300')).toThrow('a value that came');
  // 1 as a double; numbers out of order; a text that is too long to be kept in full.
  expect(() => decode('01000801000000000000f03f01')).toThrow('a number that is no integer');
  expect(() => decode('0100040204020101')).toThrow('numbers in order');
  expect(() => decode(`0100100100ac02${'61'.repeat(300)}01`)).toThrow('a text of bounded length');
  expect(() => decode('02000101')).toThrow('found version 2');
});
