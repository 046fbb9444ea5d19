import { expect, test } from 'vitest';
import { hashScalar } from '#core/sketches/hash-scalar.ts';
import { HyperLogLog } from '#core/sketches/hyper-log-log.ts';
import type { Scalar } from '#core/sketches/scalar.ts';
import { randomWords } from './random.ts';

/*
 * How good the estimates are, by large samples: which bytes stand for what is in hyper-log-log.test.ts. Mutation testing
 * leaves these out, since they are millions of steps.
 */

const families: Readonly<Record<string, (at: number) => Scalar>> = {
  'whole numbers': (at) => at,
  'multiples of 4096': (at) => at * 4096,
  'hundredths, negative': (at) => -at / 100,
  'ids with a counter': (at) => `user-${at}`,
  'strings that differ in their last character': (at) =>
    `a rather long common beginning ${String.fromCodePoint(0x100 + at)}`,
  UUIDs: (at) => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
};

test.each(Object.entries(families))('few values are counted one by one: %s', (_, valueOf) => {
  // Of 600, 0.003 are missed on average: 600² / 2 / 2^26.
  for (const size of [0, 1, 2, 10, 100, 600]) {
    const sketch = HyperLogLog.empty();
    for (let at = 0; at < size; at++) sketch.add(valueOf(at));
    expect(sketch.estimate()).toBe(size);
    expect(sketch.standardError).toBeLessThan(0.0001);
  }
});

test.each(Object.entries(families))('many are within 4 standard errors: %s', (_, valueOf) => {
  const sketch = HyperLogLog.empty();
  let size = 0;
  for (const next of [2000, 5000, 10_000, 50_000, 200_000]) {
    for (; size < next; size++) sketch.add(valueOf(size));
    expect(Math.abs(sketch.estimate() / size - 1) / sketch.standardError).toBeLessThan(4);
  }
});

test('a million are within 3 standard errors, at several precisions', () => {
  const sketches = [8, 12, 14, 16].map((precision) => HyperLogLog.empty({ precision }));
  const lanes = new Int32Array(4);
  for (let value = 0; value < 1_000_000; value++) {
    hashScalar(value, lanes);
    for (const sketch of sketches) sketch.addHash(lanes[0] ?? 0, lanes[1] ?? 0);
  }
  for (const sketch of sketches) {
    expect(Math.abs(sketch.estimate() / 1_000_000 - 1) / sketch.standardError).toBeLessThan(3);
  }
});

test('the standard error is the one that is stated, and there is no bias', () => {
  const params = { precision: 8 };
  for (const size of [65, 300, 1000, 5000]) {
    const errors: number[] = [];
    for (let seed = 1; seed <= 300; seed++) {
      const words = randomWords(seed);
      const sketch = HyperLogLog.empty(params);
      for (let value = 0; value < size; value++) sketch.addHash(words(), words());
      errors.push((sketch.estimate() / size - 1) / sketch.standardError);
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const rms = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.2);
    // Better than stated while registers are empty; 300 samples tell the rest to 4 % (one deviation).
    expect(rms).toBeLessThan(1.1);
    if (size >= 1000) expect(rms).toBeGreaterThan(0.85);
  }
});
