import { describe, expect, test } from 'vitest';
import type { ByteReader } from '#core/bytes/byte-reader.ts';
import { HyperLogLog } from '#core/sketches/hyper-log-log.ts';
import { QuantileSketch } from '#core/sketches/quantile-sketch.ts';
import { TopK } from '#core/sketches/top-k.ts';
import { missedIn } from '../missed.ts';
import { bytesOf, fromHex, whole } from './bytes.ts';

type Kind = 'quantiles' | 'distinct counts' | 'distinct counts of 16 registers' | 'top values';

const decoders: Readonly<Record<Kind, (input: ByteReader) => unknown>> = {
  quantiles: (input: ByteReader) => QuantileSketch.decode(input),
  'distinct counts': (input: ByteReader) => HyperLogLog.decode(input),
  'distinct counts of 16 registers': (input: ByteReader) => HyperLogLog.decode(input, { precision: 4 }),
  'top values': (input: ByteReader) => TopK.decode(input, { capacity: 4 }),
};

describe('of bytes that are cut it is said what is missing', () => {
  test.each<[Kind, string, string[]]>([
    [
      'quantiles',
      '01050005d00f919502b894029501e5010101010201',
      [
        'a version of quantiles',
        'the number of buckets',
        'the distance of a bucket',
        'the count of a bucket',
      ],
    ],
    [
      'distinct counts',
      '81020027',
      ['a version of distinct counts', 'the number of tokens', 'a fine index', 'a rank'],
    ],
    [
      'distinct counts of 16 registers',
      `010000f0${'00'.repeat(7)}05`,
      [
        ...['a version of distinct counts', 'the number of tokens', 'the least register', 'registers'],
        'the excess of a register',
      ],
    ],
    [
      'top values',
      '01011e010201000000000000e03f0100016102030202000000000e',
      [
        ...['a version of top values', 'the floor of counts', 'the forms of values', 'the number of values'],
        ...['a text', 'a count', 'an error', 'a total'],
      ],
    ],
  ])('%s', (kind, hex, expected) => {
    expect(missedIn(fromHex(hex), (cut) => whole(cut, decoders[kind]))).toEqual(expected);
    whole(fromHex(hex), decoders[kind]);
  });
});

describe('of bytes that make no sense it is said what should have been there, where, and what is', () => {
  test.each<[Kind, string, string]>([
    ['quantiles', '020104020300', 'quantiles of version 1 at offset 1, found version 2'],
    ['quantiles', `01811000${'01'.repeat(5000)}`, 'at most 2048 buckets at offset 3, found 2049'],
    ['quantiles', '0101a40203', 'a level of at most 6 at offset 3, found 20'],
    ['quantiles', '010100d00fd00f02', 'numbers in their form at offset 7, found another form'],
    ['quantiles', '010204020003', 'buckets from the least to the greatest number at offset 5, found others'],
    ['quantiles', '0101040200', 'a bucket that has numbers at offset 5, found an empty one'],
    ['quantiles', '010100d00fd20f01', 'one number at offset 8, found two'],
    [
      ...(['distinct counts', '71020027'] as const),
      'distinct counts of version 1, precision 12 at offset 1, found version 1, precision 11',
    ],
    ['distinct counts', `81ac05${'01'.repeat(683)}`, 'at most 682 tokens at offset 3, found 683'],
    ['distinct counts', '81028080802001', 'a fine index below 67108864 at offset 6, found a greater one'],
    ['distinct counts', '81020028', 'a rank of 1 to 39 at offset 4, found 40'],
    ['distinct counts', '81030100', 'tokens in order at offset 4, found one out of order'],
    [
      ...(['distinct counts', `810027${'f0'.repeat(2048)}${'00'.repeat(2048)}`] as const),
      'a rank of at most 53 at offset 2052, found a greater one',
    ],
    ['distinct counts', `810000${'00'.repeat(2048)}`, 'a register that is not 0 at offset 2051, found none'],
    [
      ...(['distinct counts', `810001${'11'.repeat(2048)}`] as const),
      'a register of the least rank at offset 2051, found none',
    ],
    ['top values', '02', 'top values of version 1 at offset 1, found version 2'],
    ['top values', '010020', 'the forms of values at offset 3, found 32'],
    ['top values', '01000400', 'numbers at offset 4, found none'],
    ['top values', '0100040202020101', 'numbers in order at offset 6, found one out of order'],
    [
      'top values',
      '01000801000000000000f03f01',
      'a number that is no integer at offset 12, found an integer',
    ],
    ['top values', '0100100000', 'texts at offset 4, found none'],
    [
      ...(['top values', `01001001008102${'61'.repeat(257)}01`] as const),
      'a text of bounded length at offset 264, found a longer one',
    ],
    ['top values', '01000405020406080a0101010101', 'at most 4 values at offset 9, found 5'],
    ['top values', '0101040102', '4 values, as there are more at offset 5, found 1'],
    ['top values', '010004010200', 'a value that came at offset 6, found one that did not'],
    [
      ...(['top values', '010104040204060801010101020000000f'] as const),
      'an error below floor and count at offset 13, found 2',
    ],
    ['top values', '0101040402040608010101010000000001', 'a total of all counts at offset 17, found less'],
  ])('%s of %s', (kind, hex, message) => {
    expect(() => whole(fromHex(hex), decoders[kind])).toThrow(`corrupt data: expected ${message}`);
  });

  test('more numbers than there may be', () => {
    const sketch = QuantileSketch.empty();
    for (const number of [-1, 1]) sketch.add(number);
    const bytes = bytesOf(sketch).slice(0, -2);
    const counts = Uint8Array.of(...bytes, ...fromHex('ffffffffffffff0f'), 1);
    expect(() => whole(counts, decoders.quantiles)).toThrow('expected at most 2^53 - 1 numbers at offset');
    expect(() => whole(counts, decoders.quantiles)).toThrow('found more');
  });

  test('the greatest register and the greatest rank are read', () => {
    // A rank of 53 is that of a hash whose bits after the index are all 0.
    expect(() => whole(fromHex(`810026f0${'00'.repeat(2047)}00`), decoders['distinct counts'])).not.toThrow();
  });
});
