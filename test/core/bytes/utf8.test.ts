import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { readUtf8, utf8Length, writeUtf8 } from '#core/bytes/utf8.ts';

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text) + 2).fill(0xee);
  writeUtf8(text, bytes, 1);
  expect([bytes[0], bytes.at(-1)]).toEqual([0xee, 0xee]);
  return bytes.slice(1, -1);
}

/** Any UTF-16 units in a row, with many surrogates, in and out of pairs. */
const anyText = fc
  .array(fc.oneof(fc.nat({ max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff }), fc.nat({ max: 0x7f })))
  .map((units) => String.fromCharCode(...units));

describe('texts as bytes', () => {
  test('well-formed text is UTF-8', () => {
    fc.assert(
      fc.property(
        anyText.map((text) => text.replace(/\p{Surrogate}/gu, '?')),
        (text) => {
          expect(bytesOf(text)).toEqual(new TextEncoder().encode(text));
          expect(readUtf8(bytesOf(text))).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('any string comes back as it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readUtf8(bytesOf(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
    expect([...bytesOf('\ud800')]).toEqual([0xed, 0xa0, 0x80]);
    expect([...bytesOf('\udc00\ud800')]).toEqual([0xed, 0xb0, 0x80, 0xed, 0xa0, 0x80]);
    expect([...bytesOf('\ud83d\ude00')]).toEqual([0xf0, 0x9f, 0x98, 0x80]);
  });

  test('the first and the last characters of each length, and those next to them', () => {
    const points = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
    for (const point of points) {
      const text = `a${String.fromCodePoint(point)}z`;
      expect(bytesOf(text)).toEqual(new TextEncoder().encode(text));
      expect(readUtf8(bytesOf(text))).toBe(text);
    }
    // Surrogates by themselves are a character each, but a pair is one; the last two are no pair.
    for (const high of [0xd800, 0xdbff]) {
      for (const low of [0xdc00, 0xdfff]) {
        const pair = String.fromCharCode(high, low);
        expect(bytesOf(pair)).toEqual(new TextEncoder().encode(pair));
        expect(bytesOf(String.fromCharCode(high, 0x61, low))).toHaveLength(3 + 1 + 3);
        expect(bytesOf(String.fromCharCode(low, high))).toHaveLength(3 + 3);
      }
    }
    for (const units of [
      [0xdbff, 0xe000],
      [0xd800, 0xdbff],
    ]) {
      const text = String.fromCharCode(...units);
      expect(bytesOf(text)).toHaveLength(6);
      expect(readUtf8(bytesOf(text))).toBe(text);
    }
  });

  test('a part of the bytes is read as if there were no others', () => {
    expect(readUtf8(Uint8Array.of(0x61, 0xc3, 0xa9, 0x62), 1, 3)).toBe('é');
    expect(() => readUtf8(Uint8Array.of(0x61, 0xc3, 0xa9, 0x62), 0, 2)).toThrow(CorruptError);
  });

  test('foreign bytes are the one form of a text, or CorruptError', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .array(fc.constantFrom(0x41, 0x80, 0xa0, 0xb0, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0xf8))
        .map((all) => Uint8Array.from(all)),
    );
    fc.assert(
      fc.property(bytes, (foreign) => {
        let text: string;
        try {
          text = readUtf8(foreign);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
          return;
        }
        expect(bytesOf(text)).toEqual(foreign);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['an overlong NUL', [0xc0, 0x80]],
    ['an overlong slash in 3 bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong form in 4 bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that begins nothing', [0x80]],
    ['a character cut off', [0xe2, 0x82]],
    ['a surrogate pair in 2 times 3 bytes', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
  ])('%s is refused', (_, bytes) => {
    expect(() => readUtf8(Uint8Array.from(bytes))).toThrow(CorruptError);
  });
});
