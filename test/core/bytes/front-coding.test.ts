import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { readSortedTexts, writeSortedTexts } from '#core/bytes/front-coding.ts';

function bytesOf(texts: readonly string[]): Uint8Array {
  const out = new ByteWriter();
  writeSortedTexts(out, texts, 10_000);
  return out.finish();
}

function textsOf(bytes: Uint8Array, unitsMax = 10_000): string[] {
  return readSortedTexts(new ByteReader(bytes), unitsMax, 'texts');
}

test('sorted texts come back, also where what they share ends inside of a surrogate pair', () => {
  // Few letters, so that much is shared; the last two have the same high surrogate.
  const text = fc
    .array(fc.constantFrom('a', 'b', '\u0000', 'é', '\ud83d', '\ud83d\ude00', '\ud83d\ude01'))
    .map((all) => all.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 30 }), (texts) => {
      const sorted = texts.sort();
      expect(textsOf(bytesOf(sorted))).toEqual(sorted);
    }),
    { numRuns: 300 },
  );
});

test('what a text shares with the one before it takes no bytes', () => {
  expect(bytesOf(['departures-ATL', 'departures-ATW'])).toHaveLength(1 + 2 + 14 + 2 + 1);
});

test('the first text shares nothing, whatever it begins with', () => {
  for (let code = 0; code < 0x80; code++) {
    expect([...bytesOf([String.fromCharCode(code)])]).toEqual([1, 0, 1, code]);
  }
});

test('few bytes can not stand for more text than allowed', () => {
  const texts = ['a'.repeat(50), 'a'.repeat(51)];
  expect(textsOf(bytesOf(texts), 101)).toEqual(texts);
  expect(() => textsOf(bytesOf(texts), 100)).toThrow(CorruptError);
  expect(() => writeSortedTexts(new ByteWriter(), texts, 100)).toThrow(RangeError);
  expect(() => writeSortedTexts(new ByteWriter(), texts, 101)).not.toThrow();
});

test('texts that are not in order are refused', () => {
  expect(() => textsOf(bytesOf(['b', 'a']))).toThrow(CorruptError);
  expect(() => textsOf(bytesOf(['a', 'a']))).toThrow(CorruptError);
});

test('foreign bytes give texts in order, or CorruptError', () => {
  const bytes = fc
    .tuple(fc.nat({ max: 4 }), fc.array(fc.nat({ max: 5 })))
    .map(([count, rest]) => Uint8Array.of(count, ...rest));
  fc.assert(
    fc.property(bytes, (foreign) => {
      try {
        const texts = textsOf(foreign, 12);
        expect(texts).toEqual([...new Set(texts)].sort());
        expect(texts.join('').length).toBeLessThanOrEqual(12);
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptError);
      }
    }),
    { numRuns: 2000 },
  );
});
