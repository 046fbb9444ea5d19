import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashScalar } from '#core/sketches/hash-scalar.ts';
import { estimateRegisters } from '#core/sketches/hll-estimate.ts';
import { HyperLogLog, type HyperLogLogParams } from '#core/sketches/hyper-log-log.ts';
import type { Scalar } from '#core/sketches/scalar.ts';
import { bytesOf, expectOnlyOwnBytes, fromHex, hexOf, whole } from './bytes.ts';
import { randomFractions } from './random.ts';

function sketchOf(values: Iterable<Scalar>, params?: HyperLogLogParams): HyperLogLog {
  const sketch = HyperLogLog.empty(params);
  for (const value of values) sketch.add(value);
  return sketch;
}

function decoded(sketch: HyperLogLog, params?: HyperLogLogParams): HyperLogLog {
  return whole(bytesOf(sketch), (input) => HyperLogLog.decode(input, params));
}

/** The registers by the book: 64 bits in a BigInt, the first p of them the index, then the place of the first 1. */
function registersByTheBook(values: Iterable<Scalar>, precision: number): number[] {
  const registers = Array.from({ length: 2 ** precision }, () => 0);
  const lanes = new Int32Array(4);
  for (const value of values) {
    hashScalar(value, lanes);
    const [high, low] = Array.from(lanes, (lane) => BigInt(lane >>> 0));
    const digits = (((high ?? 0n) << 32n) | (low ?? 0n)).toString(2).padStart(64, '0');
    const index = Number.parseInt(digits.slice(0, precision), 2);
    const first = digits.slice(precision).indexOf('1');
    const rank = first < 0 ? 64 - precision + 1 : first + 1;
    registers[index] = Math.max(registers[index] ?? 0, rank);
  }
  return registers;
}

/** The registers in the bytes of a dense sketch. */
function registersIn(bytes: Uint8Array, precision: number): number[] {
  const [, dense, least = 0] = bytes;
  expect(dense).toBe(0);
  const excess = [...bytes.subarray(3 + 2 ** (precision - 1))];
  return [...bytes.subarray(3, 3 + 2 ** (precision - 1))]
    .flatMap((byte) => [byte & 15, byte >> 4])
    .map((nibble) => least + nibble + (nibble === 15 ? (excess.shift() ?? Number.NaN) : 0));
}

function range(size: number): number[] {
  return Array.from({ length: size }, (_, at) => at);
}

test('the estimator holds from nothing to 10^18, where registers reach their end', () => {
  const m = 1024;
  const rankMax = 55;
  expect(estimateRegisters(new Uint8Array(m), rankMax)).toBe(0);
  for (const size of [1e2, 1e4, 1e6, 1e9, 1e12, 1e15, 1e18]) {
    let sum = 0;
    const fraction = randomFractions(size % 1009);
    for (let sample = 0; sample < 50; sample++) {
      // Of values that come at random (Poisson), a register is at most k with probability exp(-size / m / 2^k).
      const registers = Uint8Array.from({ length: m }, () => {
        const threshold = (-Math.log(fraction()) * m) / size;
        return Math.min(Math.max(0, Math.ceil(-Math.log2(threshold))), rankMax);
      });
      sum += estimateRegisters(registers, rankMax) / size;
    }
    // The sizes vary too, which shows where they are small.
    const error = Math.hypot(1.04 / Math.sqrt(m), 1 / Math.sqrt(size)) / Math.sqrt(50);
    expect(Math.abs(sum / 50 - 1)).toBeLessThan(4 * error);
  }
});

test('a dense sketch has the registers of a plain HyperLogLog, also those from its sparse time', () => {
  for (const precision of [4, 5, 8, 12]) {
    for (const size of [2 ** precision / 2, 2 ** precision, 20_000]) {
      const values = range(size).map((at) => `value ${at}`);
      const sketch = sketchOf(values, { precision });
      expect(registersIn(bytesOf(sketch), precision)).toEqual(registersByTheBook(values, precision));
      expect(whole(bytesOf(sketch), (input) => HyperLogLog.decode(input, { precision })).estimate()).toBe(
        sketch.estimate(),
      );
    }
  }
});

test('hashes of zeros count, up to the last bit', () => {
  for (const precision of [4, 12, 16]) {
    for (const [high, low] of [
      [0, 0],
      [0, 1],
      [0, 0x8000_0000],
      [1, 0],
      [-1, -1],
    ] as const) {
      const sketch = HyperLogLog.empty({ precision });
      sketch.addHash(high, low);
      expect(sketch.estimate()).toBe(1);
      expect(decoded(sketch, { precision }).estimate()).toBe(1);
      // The same through the dense form.
      const dense = sketchOf(range(2 ** precision), { precision });
      dense.addHash(high, low);
      const registers = registersIn(bytesOf(dense), precision);
      const digits = (((BigInt(high) & 0xffffffffn) << 32n) | BigInt(low >>> 0))
        .toString(2)
        .padStart(64, '0');
      const first = digits.slice(precision).indexOf('1');
      expect(registers[Number.parseInt(digits.slice(0, precision), 2)]).toBeGreaterThanOrEqual(
        first < 0 ? 64 - precision + 1 : first + 1,
      );
    }
  }
});

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 60 }).map(String),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary' }),
);

/** Values in parts. At precision 4 to 7, up to 2 to 21 tokens are sparse: parts and wholes are of both forms. */
const parts = fc.array(fc.array(scalar, { maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 6 });
const precisions = fc.integer({ min: 4, max: 7 }).map((precision) => ({ precision }));

test('any split, order, repetition and nesting of merges gives the same bytes', () => {
  let sparse = 0;
  let dense = 0;
  fc.assert(
    fc.property(parts, precisions, fc.infiniteStream(fc.nat()), (parts, params, choices) => {
      const all = hexOf(sketchOf(parts.flat(), params));
      if (all.slice(2, 4) === '00') dense += 1;
      else sparse += 1;
      expect(hexOf(sketchOf([...parts.flat(), ...parts.flat()].reverse(), params))).toBe(all);
      const sketches = parts.map((values) => sketchOf(values, params));
      // Merges two at random, one of them through its bytes, until one is left.
      while (sketches.length > 1) {
        const [into] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
        const [from] = sketches.splice((choices.next().value ?? 0) % sketches.length, 1);
        if (into === undefined || from === undefined) throw new Error('two sketches');
        const before = hexOf(from);
        into.merge(decoded(from, params));
        into.merge(from);
        expect(hexOf(from)).toBe(before);
        sketches.push(into);
      }
      expect(sketches.map(hexOf)).toEqual([all]);
    }),
    { numRuns: 500 },
  );
  // Both forms were met; mutation testing runs a tenth of the cases.
  expect(Math.min(sparse, dense)).toBeGreaterThan(2);
});

test('the number of tokens in the union alone decides on the form, at the exact limit', () => {
  const values = range(683);
  const sparse = sketchOf(values.slice(0, 682));
  expect(bytesOf(sparse)[1]).not.toBe(0);
  const dense = sketchOf(values);
  expect(bytesOf(dense)[1]).toBe(0);
  const merged = sketchOf(values.slice(0, 500));
  merged.merge(sketchOf(values.slice(300)));
  expect(hexOf(merged)).toBe(hexOf(dense));
  const overlapping = sketchOf(values.slice(0, 660));
  overlapping.merge(sketchOf(values.slice(22, 682)));
  expect(hexOf(overlapping)).toBe(hexOf(sparse));
});

test('merging with nothing, and with itself, changes nothing', () => {
  for (const size of [0, 3, 600, 5000]) {
    const sketch = sketchOf(range(size));
    const before = hexOf(sketch);
    sketch.merge(HyperLogLog.empty());
    sketch.merge(sketch);
    expect(hexOf(sketch)).toBe(before);
    const empty = HyperLogLog.empty();
    empty.merge(sketch);
    expect(hexOf(empty)).toBe(before);
  }
});

test('what was decoded goes on as the original would', () => {
  for (const size of [5, 600, 3000]) {
    const original = sketchOf(range(size));
    const copy = decoded(original);
    for (const sketch of [original, copy]) for (let value = 2500; value < 4000; value++) sketch.add(value);
    expect(hexOf(copy)).toBe(hexOf(original));
  }
});

test('sizes are those that are stated', () => {
  expect(bytesOf(HyperLogLog.empty())).toHaveLength(2);
  expect(bytesOf(sketchOf([1]))).toHaveLength(6);
  expect(bytesOf(sketchOf(range(682))).length).toBeLessThan(2048 + 20);
  expect(bytesOf(sketchOf(range(100_000))).length).toBeLessThan(2048 + 20);
  for (const size of [0, 1, 50, 682, 2000, 100_000]) {
    const sketch = sketchOf(range(size));
    expect(sketch.byteLength).toBeGreaterThanOrEqual(bytesOf(sketch).length - 20);
    expect(sketch.byteLength).toBeLessThanOrEqual(1.6 * bytesOf(sketch).length);
  }
});

test('other parameters are refused', () => {
  for (const precision of [3, 17, 4.5, Number.NaN]) {
    expect(() => HyperLogLog.empty({ precision })).toThrow(RangeError);
  }
  const twelve = HyperLogLog.empty();
  const eleven = HyperLogLog.empty({ precision: 11 });
  expect(() => twelve.merge(eleven)).toThrow('precision 11 into precision 12');
  expect(() => decoded(eleven)).toThrow('found version 1, precision 11');
});

test('version 1 is read and written as ever', () => {
  const sparse = sketchOf(['ATL', 'ORD', 1, '1', true, 0.1], { precision: 4 });
  expect(hexOf(sparse)).toBe(GOLDEN_DENSE);
  expect(hexOf(sketchOf(['ATL', 'ORD', 1, '1', true, 0.1]))).toBe(GOLDEN_SPARSE);
  const golden = whole(fromHex(GOLDEN_SPARSE), (input) => HyperLogLog.decode(input));
  expect(golden.estimate()).toBe(6);
  golden.add('ORD');
  expect(golden.estimate()).toBe(6);
});

const GOLDEN_SPARSE = '8107dd51cbc5b005fb958007f8b6cc028bbaed0abbcd37';
const GOLDEN_DENSE = '0100000901002300003100';

test('a token of what no hash has is refused', () => {
  const decode = (hex: string) => whole(fromHex(hex), (input) => HyperLogLog.decode(input));
  // One token, of fine index 0, and its rank: the place of the first 1 among 38 bits, 39 if there is none.
  expect(decode('81020027').estimate()).toBe(1);
  expect(() => decode('81020028')).toThrow('a rank of 1 to 39');
  expect(() => decode('81020000')).toThrow('a rank of 1 to 39');
  // The greatest fine index, and one more.
  expect(decode('8102ffffff1f').estimate()).toBe(1);
  expect(() => decode('81028080802001')).toThrow('a fine index below 67108864');
  // Two tokens with the same fine index, the second one once again; and 683 tokens.
  expect(decode('810300050006').estimate()).toBe(2);
  expect(() => decode('810300050005')).toThrow('tokens in order');
  expect(() => decode('81030100')).toThrow('tokens in order');
  expect(() => decode(`81ac05${'01'.repeat(683)}`)).toThrow('at most 682 tokens');
  // Registers beyond the last bit, all of them 0, or none of them the least.
  expect(() => decode(`810027${'f0'.repeat(2048)}${'00'.repeat(2048)}`)).toThrow('a rank of at most 53');
  expect(() => decode(`810000${'00'.repeat(2048)}`)).toThrow('a register that is not 0');
  expect(() => decode(`810001${'11'.repeat(2048)}`)).toThrow('a register of the least rank');
});

test('foreign bytes are refused, or are what would be written', () => {
  const params = { precision: 4 };
  const values = fc.array(fc.oneof(scalar, fc.nat()), { maxLength: 30, size: 'max' });
  expectOnlyOwnBytes(
    values.map((values) => sketchOf(values, params)),
    (input) => HyperLogLog.decode(input, params),
    (sketch) => {
      expect(sketch.estimate()).toBeGreaterThanOrEqual(0);
      sketch.merge(sketchOf([1, 2, 3], params));
      whole(bytesOf(sketch), (input) => HyperLogLog.decode(input, params));
    },
  );
});
