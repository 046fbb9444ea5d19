import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';

function write(fill: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  fill(out);
  const bytes = out.finish();
  expect(bytes.length).toBe(out.length);
  return bytes;
}

/** The same varint in BigInt, where nothing can overflow. */
function varintBytes(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varintBytes(value >> 7n)];
}

const safeIntegers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.tuple(fc.nat({ max: 52 }), fc.integer({ min: -1, max: 1 })).map(([bit, more]) => 2 ** bit + more),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, 2 ** 32, -(2 ** 31)),
);

describe('ByteWriter and ByteReader', () => {
  test('varints are 7 bits a byte, low ones first', () => {
    fc.assert(
      fc.property(safeIntegers.map(Math.abs), (value) => {
        const bytes = write((out) => out.varint(value));
        expect([...bytes]).toEqual(varintBytes(BigInt(value)));
        expect(new ByteReader(bytes).varint()).toBe(value);
      }),
    );
    expect(write((out) => out.varint(300))).toEqual(Uint8Array.of(0xac, 0x02));
  });

  test('zigzags are varints of 2n or -2n - 1', () => {
    fc.assert(
      fc.property(safeIntegers, (value) => {
        const bytes = write((out) => out.zigzag(value));
        const n = BigInt(value);
        expect([...bytes]).toEqual(varintBytes(n < 0n ? -2n * n - 1n : 2n * n));
        expect(new ByteReader(bytes).zigzag()).toBe(value);
      }),
    );
  });

  test('numbers that are no safe integers are refused', () => {
    const out = new ByteWriter();
    for (const value of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => out.varint(value)).toThrow(RangeError);
      expect(() => out.zigzag(value)).toThrow(RangeError);
    }
    expect(() => out.varint(-1)).toThrow(RangeError);
    expect(out.length).toBe(0);
  });

  test('what is written in a row is read in a row, beyond the first buffer', () => {
    const item = fc.oneof(
      safeIntegers.map((value) => ({ type: 'zigzag', value }) as const),
      fc.double({ noNaN: true }).map((value) => ({ type: 'float64', value }) as const),
      fc.uint8Array({ maxLength: 300 }).map((value) => ({ type: 'sized', value }) as const),
      fc
        .array(fc.nat({ max: 0xffff }))
        .map((units) => String.fromCharCode(...units))
        .map((value) => ({ type: 'text', value }) as const),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (items) => {
        const bytes = write((out) => {
          for (const { type, value } of items) {
            if (type === 'zigzag') out.zigzag(value);
            else if (type === 'float64') out.float64(value);
            else if (type === 'sized') out.sized(value);
            else out.text(value);
          }
        });
        // Not at the start of its buffer, as Node's own small buffers are.
        const shifted = new Uint8Array(bytes.length + 3).subarray(3);
        shifted.set(bytes);
        const input = new ByteReader(shifted);
        for (const { type, value } of items) expect(input[type]()).toEqual(value);
        input.end();
      }),
    );
  });

  test('doubles are little endian', () => {
    expect(write((out) => out.float64(1))).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x3f));
  });
});

describe('foreign bytes', () => {
  const reads: Record<string, (input: ByteReader) => unknown> = {
    byte: (input) => input.byte(),
    varint: (input) => input.varint(),
    zigzag: (input) => input.zigzag(),
    float64: (input) => input.float64(),
    number: (input) => input.number(1e100),
    count: (input) => input.count(2, 'things'),
    raw: (input) => input.raw(3),
    sized: (input) => input.sized(),
    text: (input) => input.text(),
  };

  test.each(Object.entries(reads))('%s gives a value or CorruptError, and moves on', (_, read) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const input = new ByteReader(bytes);
        try {
          while (true) {
            const before = input.remaining;
            read(input);
            expect(input.remaining).toBeLessThan(before);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each(Object.entries(reads))('%s at the end says what is missing, and where', (_, read) => {
    const input = new ByteReader(Uint8Array.of(1));
    input.byte();
    expect(() => read(input)).toThrow(/^corrupt data: expected .+ at offset 1, found /);
  });

  test.each([
    ['too long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['beyond 2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['longer than needed', [0x81, 0x00]],
    ['cut off', [0x81]],
  ])('a varint that is %s', (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).varint()).toThrow(CorruptError);
    expect(() => new ByteReader(Uint8Array.from(bytes)).zigzag()).toThrow(CorruptError);
  });

  test('2^53 - 1 is the last that is read', () => {
    const last = Uint8Array.from(varintBytes(2n ** 53n - 1n));
    expect(new ByteReader(last).varint()).toBe(2 ** 53 - 1);
    expect(() => new ByteReader(Uint8Array.from(varintBytes(2n ** 53n))).varint()).toThrow(CorruptError);
    expect(() => new ByteReader(Uint8Array.from(varintBytes(2n ** 54n - 1n))).zigzag()).toThrow(CorruptError);
    expect(() => new ByteReader(Uint8Array.from(varintBytes(2n ** 54n))).zigzag()).toThrow(CorruptError);
  });

  test('lengths that the bytes do not have', () => {
    const huge = write((out) => out.varint(Number.MAX_SAFE_INTEGER));
    expect(() => new ByteReader(huge).sized()).toThrow(CorruptError);
    expect(() => new ByteReader(huge).text()).toThrow(CorruptError);
    expect(() => new ByteReader(huge).count(1, 'things')).toThrow(CorruptError);
    expect(() => new ByteReader(huge).raw(-1)).toThrow(CorruptError);
  });

  test('numbers out of range, and more than was expected', () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 2e100]) {
      const bytes = write((out) => out.float64(value));
      expect(() => new ByteReader(bytes).number(1e100)).toThrow(CorruptError);
    }
    expect(new ByteReader(write((out) => out.float64(-0))).number(1)).toBe(0);
    expect(() => new ByteReader(Uint8Array.of(1)).end()).toThrow(CorruptError);
  });
});
