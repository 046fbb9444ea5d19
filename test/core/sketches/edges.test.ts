import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { isBounded } from '#core/sketches/bounded-value.ts';
import { rankMax, readRegisters, writeRegisters } from '#core/sketches/hll-registers.ts';
import { collapsed, LogBuckets } from '#core/sketches/log-buckets.ts';
import { QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import { TopK } from '#core/sketches/top-k.ts';

const HASH = '…0123456789abcdef';

describe('what stands for a long string', () => {
  test('has 253 to 256 bytes of it, and then the hash', () => {
    const lengths = [252, 253, 256, 257].map((length) => isBounded('a'.repeat(length) + HASH));
    expect(lengths).toEqual([false, true, true, false]);
    expect(isBounded(`${'a'.repeat(200)}${HASH}${'b'.repeat(56)}`)).toBe(false);
    expect(isBounded('a'.repeat(275))).toBe(false);
  });
});

describe('buckets of numbers', () => {
  const buckets = new LogBuckets(0.01);

  test('begin with the least normal double; what is smaller counts as 0', () => {
    const least = 2 ** -1022;
    expect([least, -least, least / 2, -least / 2].map((x) => buckets.bucketOf(x, 0))).toEqual([1, -1, 0, 0]);
  });

  test('are as few as are asked for at the least level that has no more', () => {
    const greatest = buckets.bucketOf(1e100, 0);
    for (const level of [1, 3, 6]) {
      const all = 2 * collapsed(greatest, level) + 1;
      expect(buckets.levelMax(all)).toBe(level);
      expect(buckets.levelMax(all - 1)).toBe(level + 1);
    }
  });
});

test('the least and the greatest number are exact, though others are in their buckets', () => {
  const sketch = QuantileSketch.empty();
  for (const number of [100.4, 100, 101, 100.6]) sketch.add(number);
  expect([0, 0.25, 0.8, 1].map((q) => sketch.quantile(q))).toEqual([100, 100, 101, 101]);
});

test('top values of all forms are read back', () => {
  const top = TopK.empty({ capacity: 5 });
  for (const value of [false, true, 7, 0.5, 'a']) top.add(value);
  const out = new ByteWriter();
  top.encode(out);
  expect(TopK.decode(new ByteReader(out.finish()), { capacity: 5 }).items(5)).toEqual(top.items(5));
});

test('top values take bytes for those that there are', () => {
  const top = TopK.empty({ capacity: 1000 });
  expect(top.byteLength).toBeLessThan(20);
  for (let value = 0; value < 2000; value++) top.add(value);
  expect(top.byteLength).toBeGreaterThan(1000 * 3);
  expect(top.byteLength).toBeLessThan(1000 * 20);
});

test('registers that exceed the least by 14, 15, and more are read back, up to the last rank', () => {
  const most = rankMax(4);
  expect(most).toBe(61);
  for (const least of [0, 3, 30]) {
    const registers = Uint8Array.from({ length: 16 }, (_, at) => least + at + 8).fill(least, 0, 2);
    registers[15] = most;
    const out = new ByteWriter();
    writeRegisters(out, registers);
    const bytes = out.finish();
    expect(readRegisters(new ByteReader(bytes), 4)).toEqual(registers);
    // One byte for the least, half a byte each, and one more for each of the nine that exceed it by 15 and more.
    expect(bytes).toHaveLength(1 + 8 + 9);
  }
});
