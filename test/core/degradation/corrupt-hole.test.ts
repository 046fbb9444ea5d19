import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeHole, encodeHole } from '#core/degradation/hole.ts';
import { missedIn } from '../missed.ts';
import { noCompression, rawDeflate } from '../raw-deflate.ts';

const MB = 1024 * 1024;
/** 4,096 as a varint, and 4,097. */
const K4 = [0x80, 0x20];
const K4_AND_1 = [0x81, 0x20];

/** Reads a hole that is not compressed. */
const decode = (...body: number[]) => decodeHole(Uint8Array.of(1, ...body), noCompression);

describe('of a hole', () => {
  test('that is cut it is said what is missing', () => {
    const aggregates = [{ name: 'n', generation: 'g'.repeat(9), leftOut: ['metric'] }];
    const hole = {
      aggregates,
      recordEvents: [1, 2, 300],
      marks: Array.from({ length: 303 }, () => 1 as const),
    };
    const bytes = encodeHole(hole, noCompression);
    expect(missedIn(bytes, (cut) => decodeHole(cut, noCompression))).toEqual([
      ...['the version of a hole', 'the number of aggregates', 'the generation of an aggregate'],
      ...[
        'the number of metrics',
        'the name of a metric',
        'the number of runs',
        'the number of events',
        'the marks of the events',
      ],
    ]);
    expect(decodeHole(bytes, noCompression)).toEqual(hole);
  });

  test('whose texts are none it is said which', () => {
    expect(() => decode(1, 1, 0xff, 0, 0)).toThrow('expected the name of an aggregate at offset 1');
    expect(() => decode(1, 0, 1, 0xff, 0)).toThrow('expected the generation of an aggregate at offset 2');
    expect(() => decode(1, 0, 0, 1, 1, 0xff)).toThrow('expected the name of a metric at offset 4');
    expect(() => decode(0, 1, 0x80, 0)).toThrow('expected the number of records at offset');
  });

  test('of another version it is said which, and what to do about a newer one', () => {
    const message = 'corrupt data: expected a hole of version 1 at offset 0, found';
    expect(() => decodeHole(Uint8Array.of(0), noCompression)).toThrow(`${message} version 0`);
    expect(() => decodeHole(Uint8Array.of(0), noCompression)).toThrow(/version 0$/);
    expect(() => decodeHole(Uint8Array.of(2), noCompression)).toThrow(
      `${message} version 2, which newer code wrote: deploy that code`,
    );
  });

  test('with a mark that is none it is said so', () => {
    expect(decode(0, 1, 1, 4, 0b00_10_01_00)).toMatchObject({ marks: [0, 1, 2, 0] });
    expect(() => decode(0, 1, 1, 4, 0b11_10_01_00)).toThrow(
      'expected a mark from 0 to 2 at offset 5, found 3',
    );
  });

  test('with more events than a commit counts, or records without any, nothing is made room for', () => {
    // 4,096 times 4,096 is as much as may be.
    expect(() => decode(0, 1, ...K4, ...K4)).toThrow('expected the marks of the events');
    const refused = 'expected 1 to 16777216 events at offset';
    expect(() => decode(0, 1, ...K4, ...K4_AND_1)).toThrow(`${refused} 6, found 16781312`);
    expect(() => decode(0, 2, ...K4, ...K4, 1, 1)).toThrow(`${refused} 8, found 16777217`);
    expect(() => decode(0, 1, 1, 0)).toThrow(`${refused} 4, found 0`);
    expect(decode(0, 1, 0, 1)).toEqual({ aggregates: [], recordEvents: [], marks: [] });
  });

  test('that can not be inflated, or is too much then, it is said so', () => {
    const message = 'expected deflated bytes at offset 1, found';
    expect(() => decodeHole(Uint8Array.of(1, 0xff, 0xff), rawDeflate)).toThrow(`${message} damaged ones`);
    const large = Uint8Array.of(1, ...deflateRawSync(new Uint8Array(17 * MB)));
    expect(() => decodeHole(large, rawDeflate)).toThrow(`${message} more than 16777216 bytes`);
    try {
      decodeHole(large, rawDeflate);
    } catch (error) {
      expect((error as Error).cause).toBeInstanceOf(RangeError);
    }
  });
});
