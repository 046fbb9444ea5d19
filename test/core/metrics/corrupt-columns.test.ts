import { describe, expect, test } from 'vitest';
import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { writeSortedTexts } from '#core/bytes/front-coding.ts';
import { explainParams, METRIC_KINDS, metricKind, useMetricKind } from '#core/metrics/metric-kinds.ts';
import { writeNumbers } from '#core/metrics/number-column.ts';
import { readOrders, writeOrders } from '#core/metrics/order-column.ts';
import { readScalars, writeScalars } from '#core/metrics/scalar-column.ts';
import { missedIn } from '../missed.ts';
import { columnOf, written } from './columns.ts';

type Read = (input: ByteReader) => unknown;

const order = (time: number, sequence: number) => ({
  ...{ time: time as EpochMs, shard: 'shardId-1' as ShardId },
  ...{ sequence: String(sequence) as SequenceNumber, index: 300 },
});

const scalars: Read = (input) => readScalars(input, 2);
const orders: Read = (input) => readOrders(input, 2);
const histogram: Read = (input) => metricKind('histogram(10,20)').readColumn(input, 1);
const maxBy: Read = (input) => metricKind('maxBy').readColumn(input, 1);

function bytesBy(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.finish();
}

function whole(bytes: Uint8Array, read: Read): void {
  const input = new ByteReader(bytes);
  read(input);
  input.end();
}

describe('of columns that are cut it is said what is missing', () => {
  test.each<[string, Read, Uint8Array, string[]]>([
    [
      'texts',
      scalars,
      bytesBy((out) => writeScalars(out, ['a', 'b'])),
      ['the mode of a column of values', 'a value'],
    ],
    [
      'mixed values',
      scalars,
      bytesBy((out) => writeScalars(out, [true, 5])),
      ['the mode of a column of values', 'the form of a value', 'a whole number'],
    ],
    [
      'the places of events',
      orders,
      bytesBy((out) => writeOrders(out, [order(1000, 5), order(9000, 7)])),
      [
        ...['the least time of events', 'the time of an event', 'the number of places', 'a text'],
        'the length that a text shares',
        ...['the number of a place', "an event's index"],
      ],
    ],
    [
      'a histogram',
      histogram,
      written(columnOf(metricKind('histogram(10,20)'), [1, ...Array.from({ length: 300 }, () => 25)]), [0]),
      ['the number of buckets that have some', 'the count of a bucket'],
    ],
  ])('%s', (_, read, bytes, expected) => {
    expect(missedIn(bytes, (cut) => whole(cut, read))).toEqual(expected);
    whole(bytes, read);
  });
});

describe('of columns that make no sense it is said what should have been there, where, and what is', () => {
  const placed = (...texts: string[]) =>
    bytesBy((out) => {
      // The least time, and two events at it.
      for (const zero of [0, 0, 0]) out.byte(zero);
      writeSortedTexts(out, texts, 1000);
    });

  test.each<[string, Read, number[], string]>([
    ['mode 16', scalars, [16], 'a column of values at offset 1, found mode 16'],
    ['mode 5', scalars, [5], 'a column of values at offset 1, found mode 5'],
    ['mode 6', scalars, [6], 'a column of values at offset 1, found mode 6'],
    ['form 5', scalars, [7, 5], 'a form of value at offset 2, found form 5'],
    [
      'a time beyond all',
      orders,
      [...bytesBy((out) => out.zigzag(Number.MAX_SAFE_INTEGER)), 1],
      'the time of an event at offset 9, found a number beyond 2^53 - 1',
    ],
    [
      'a place that is none',
      orders,
      [...placed('no place')],
      'a shard and a sequence number at offset 14, found something else',
    ],
    ['a place without a shard', orders, [...placed('55')], 'a shard and a sequence number at offset 8'],
    [
      'a place that is not there',
      orders,
      [...placed('shardId-1\u001f5'), 0, 1, 0, 0],
      'one of 1 places at offset 21, found number 1',
    ],
    ['too many buckets', histogram, [1, 3, 1], 'at most 3 buckets at offset 2, found more'],
    ['an empty bucket', histogram, [1, 0, 0], 'a bucket that has some at offset 3, found an empty one'],
    [
      'no number to go by',
      maxBy,
      [
        ...bytesBy((out) => {
          writeScalars(out, [1]);
          writeNumbers(out, [undefined]);
          writeOrders(out, [order(1, 1)]);
        }),
      ],
      'a number to go by for each value at offset 23, found a value without one',
    ],
  ])('%s', (_, read, bytes, message) => {
    expect(() => whole(Uint8Array.from(bytes), read)).toThrow(`corrupt data: expected ${message}`);
  });
});

test('whole numbers among others are doubles too: no byte says what each is', () => {
  expect(bytesBy((out) => writeScalars(out, [1, 1.5]))).toHaveLength(1 + 16);
});

describe('a kind of metric that can not be is refused with what to do', () => {
  const kind = (name: string) => METRIC_KINDS.get(name) ?? expect.fail(`no kind ${name}`);

  test('one of Weir’s own names', () => {
    expect(() => useMetricKind(kind('sum'))).toThrow(
      new RangeError('there is a metric kind "sum" in Weir; choose another name'),
    );
  });

  test('one that there is not, of which 80 characters are shown', () => {
    expect(() => metricKind('x'.repeat(100))).toThrow(
      `unknown metric kind "${'x'.repeat(80)}"; there are count,`,
    );
    // A name by itself is one, whatever it begins with.
    expect(() => metricKind('(1)')).toThrow('unknown metric kind "(1)"');
  });

  test('parameters where there are none, and more than there are', () => {
    expect(explainParams(kind('sum'), [1, 2])).toBe('takes no parameters, and has 1, 2');
    expect(explainParams(kind('topK'), [3, 100])).toBeUndefined();
    expect(explainParams(kind('topK'), [3, 100, 1])).toContain('has the capacity 100');
  });

  test('a column of another sketch', () => {
    const [distinct, top] = [metricKind('distinct(12)').newColumn(), metricKind('topK(3,100)').newColumn()];
    distinct.addRow();
    top.addRow();
    expect(() => distinct.merge(0, top, 0)).toThrow(
      'a metric column merges with columns of its own kind only',
    );
  });

  test('only kinds that go by a second number are ranked', () => {
    expect(['sum', 'first', 'maxBy', 'minBy'].map((name) => metricKind(name).isRanked)).toEqual([
      ...[false, false, true, true],
    ]);
  });
});
