import { describe, expect, test } from 'vitest';
import { ForwardRecords } from '#app/repair/forward-records.ts';
import type { EpochMs } from '#core/brand.ts';
import { compareSequence, parseSequence } from '#core/protocol/position.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { SHARD } from '#test/support/shard-world.ts';

const RECORDS = Array.from(
  { length: 5000 },
  (_, i): StreamRecord => ({
    sequence: parseSequence(String(i + 1)),
    arrival: i as EpochMs,
    data: new Uint8Array(),
  }),
);

/** A stream that counts what is read of it. */
class CountedStream {
  /** Looks for a place in the stream. */
  looks = 0;
  read = 0;
  readonly forward = new ForwardRecords({
    recordsFrom: (_shard, sequence) => {
      this.looks += 1;
      return this.#from(sequence);
    },
  });

  async *#from(sequence: StreamRecord['sequence']): AsyncGenerator<StreamRecord> {
    for (const record of RECORDS) {
      if (compareSequence(record.sequence, sequence) < 0) continue;
      this.read += 1;
      yield record;
    }
  }

  /** Up to `count` records from one on, by number. */
  async take(from: number, count: number): Promise<number[]> {
    const taken: number[] = [];
    if (count === 0) return taken;
    for await (const { sequence } of this.forward.recordsFrom(SHARD, parseSequence(String(from)))) {
      taken.push(Number(sequence));
      if (taken.length === count) break;
    }
    return taken;
  }
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe('a shard that is read forward', () => {
  test('is looked into once, and each record is read once, where one hole follows the other', async () => {
    const stream = new CountedStream();
    for (let from = 1; from < 1000; from += 10)
      expect(await stream.take(from, 10)).toEqual(numbers(from, 10));
    expect([stream.looks, stream.read]).toEqual([1, 1000]);
  });

  test('gives the last record once more: the next hole may begin within it', async () => {
    const stream = new CountedStream();
    expect(await stream.take(1, 10)).toEqual(numbers(1, 10));
    expect(await stream.take(10, 10)).toEqual(numbers(10, 10));
    expect([stream.looks, stream.read]).toEqual([1, 19]);
  });

  test('is read on where a hole begins a little further, and looked into where it is far', async () => {
    const stream = new CountedStream();
    await stream.take(1, 10);
    expect(await stream.take(200, 5)).toEqual(numbers(200, 5));
    expect(stream.looks).toBe(1);
    expect(await stream.take(4000, 5)).toEqual(numbers(4000, 5));
    expect(stream.looks).toBe(2);
  });

  test('is looked into where what is asked for lies behind', async () => {
    const stream = new CountedStream();
    await stream.take(100, 10);
    expect(await stream.take(50, 3)).toEqual(numbers(50, 3));
    expect(stream.looks).toBe(2);
  });

  test('is looked into again after its end: more may have come', async () => {
    const stream = new CountedStream();
    expect(await stream.take(4990, 100)).toEqual(numbers(4990, 11));
    expect(await stream.take(4995, 100)).toEqual(numbers(4995, 6));
    expect(stream.looks).toBe(2);
  });
});
