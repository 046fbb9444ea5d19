import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canBeKey, referenceKeyOf } from '#core/enrich/reference-key.ts';

test('texts and numbers are keys, by their text; nothing else is', () => {
  expect(referenceKeyOf('SFO')).toBe('SFO');
  expect(referenceKeyOf(7)).toBe('7');
  expect(referenceKeyOf(-0)).toBe('0');
  for (const value of [null, undefined, true, {}, ['SFO'], 5n, Symbol('x')]) {
    expect(referenceKeyOf(value)).toBeUndefined();
  }
});

test('what DynamoDB would refuse can’t be a key: nothing, over 2,048 bytes, half a surrogate pair', () => {
  expect(canBeKey('SFO')).toBe(true);
  expect(canBeKey('')).toBe(false);
  expect(canBeKey('x'.repeat(2048))).toBe(true);
  expect(canBeKey('x'.repeat(2049))).toBe(false);
  expect(canBeKey('\u{1f600}')).toBe(true);
  expect(canBeKey('\ud83d')).toBe(false);
  expect(canBeKey('a\ude00b')).toBe(false);
});

test('the length is counted as UTF-8 has it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 1500 }), (text) => {
      expect(canBeKey(text)).toBe(Buffer.byteLength(text) <= 2048);
    }),
    { numRuns: 20 },
  );
  // The first and the last code points of each length, and those beside the surrogates.
  const ends = ['\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'];
  for (const unit of ['é', '€', '\u{1f600}', ...ends]) {
    const most = Math.floor(2048 / Buffer.byteLength(unit));
    expect(canBeKey(unit.repeat(most))).toBe(true);
    expect(canBeKey(unit.repeat(most + 1))).toBe(false);
  }
});
