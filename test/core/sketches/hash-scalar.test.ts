import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashScalar } from '#core/sketches/hash-scalar.ts';
import { murmurHash3 } from '#core/sketches/murmur-hash3.ts';
import type { Scalar } from '#core/sketches/scalar.ts';

function hash(value: Scalar): string {
  const lanes = new Int32Array(4);
  hashScalar(value, lanes);
  return lanes.join(' ');
}

test('values of different types differ', () => {
  const doubleOne = '\u0000\u0000\u0000\u0000\u0000\u0000\u00f0?';
  const values = [0, 1, '', '0', '1', '\u0000', '\u0001', false, true, 'false', 'true', doubleOne];
  expect(new Set(values.map(hash)).size).toBe(values.length);
});

test('a length can not make up for a type', () => {
  // Nine bytes of a string that begin like the eight of a number: Murmur folds in the seed and the length with xor.
  for (let number = 0; number < 256; number++) {
    const bytes = new Uint8Array(new Float64Array([number]).buffer);
    if (bytes.some((byte) => byte >= 0x80)) continue;
    const text = String.fromCharCode(...bytes);
    for (let zeros = 0; zeros < 8; zeros++)
      expect(hash(text + '\u0000'.repeat(zeros))).not.toBe(hash(number));
  }
});

test('0 and -0 are one number; numbers that are not finite are refused', () => {
  expect(hash(-0)).toBe(hash(0));
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => hash(number)).toThrow(RangeError);
  }
});

test("a string's hash is that of its UTF-8, whatever its length and characters", () => {
  const seed = 0x2f0b4c47;
  const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.tuple(part, fc.integer({ min: 1, max: 200 })).map(([part, times]) => part.repeat(times)),
  );
  fc.assert(
    fc.property(text, (text) => {
      const bytes = new TextEncoder().encode(text);
      const lanes = new Int32Array(4);
      murmurHash3(bytes, bytes.length, seed, lanes);
      expect(hash(text)).toBe(lanes.join(' '));
    }),
    { numRuns: 50 },
  );
});

test('lone surrogates differ, though UTF-8 would make one character of them', () => {
  const surrogates = ['\ud800', '\ud801', '\udc00', '\ufffd', '\ud800\udc00'];
  expect(new Set(surrogates.map(hash)).size).toBe(5);
});
