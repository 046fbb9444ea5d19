import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedValue, isBounded } from '#core/sketches/bounded-value.ts';

const utf8 = (text: string) => new TextEncoder().encode(text).length;

test('numbers, booleans and strings of up to 256 bytes are themselves', () => {
  const values = [
    0,
    -1.5,
    true,
    false,
    '',
    'a'.repeat(256),
    'é'.repeat(128),
    '✈'.repeat(85),
    '😀'.repeat(64),
  ];
  for (const value of values) expect(boundedValue(value)).toBe(value);
});

test('a longer string is its beginning and a hash of all of it', () => {
  expect(boundedValue('a'.repeat(257))).toMatch(/^a{256}…[0-9a-f]{16}$/);
  expect(boundedValue('é'.repeat(129))).toMatch(/^é{128}…[0-9a-f]{16}$/);
  expect(boundedValue(`a${'é'.repeat(200)}`)).toMatch(/^aé{127}…[0-9a-f]{16}$/);
  expect(boundedValue(`a${'😀'.repeat(100)}`)).toMatch(/^a(?:😀){63}…[0-9a-f]{16}$/u);
  expect(boundedValue(`${'a'.repeat(255)}😀`)).toMatch(/^a{255}…[0-9a-f]{16}$/);
});

test('long strings with the same beginning are told apart', () => {
  const start = 'x'.repeat(1_000_000);
  expect(new Set([0, 1, 2, 3].map((last) => boundedValue(start + last))).size).toBe(4);
});

test('what stands for a long string is longer than any that is kept, and within bounds', () => {
  const long = fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), fc.nat({ max: 100 }));
  fc.assert(
    fc.property(long, ([part, times]) => {
      const text = part.repeat(times);
      const bounded = String(boundedValue(text));
      expect(isBounded(bounded)).toBe(true);
      if (utf8(text) <= 256) expect(bounded).toBe(text);
      else {
        expect(utf8(bounded)).toBeGreaterThanOrEqual(272);
        expect(utf8(bounded)).toBeLessThanOrEqual(275);
        expect(bounded).not.toBe(text);
        expect(isBounded(text)).toBe(false);
      }
    }),
    { numRuns: 100 },
  );
});

test('lone surrogates are kept', () => {
  expect(boundedValue('\ud800'.repeat(100))).toMatch(/^\ud800{85}…[0-9a-f]{16}$/);
});

test('numbers that are not finite are refused', () => {
  expect(() => boundedValue(Number.NaN)).toThrow(RangeError);
});
