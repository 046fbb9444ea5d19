import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '#core/time/duration.ts';

const UNITS = { ms: 1n, s: 1000n, m: 60_000n, h: 3_600_000n, d: 86_400_000n };
const MOST = 3660n * UNITS.d;

describe('a duration', () => {
  test('is the sum of its parts', () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom('ms', 's', 'm', 'h', 'd'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const expected = parts.reduce((sum, [count, unit]) => sum + BigInt(count) * UNITS[unit], 0n);
        const parsed = parseDuration(parts.flat().join(''));
        if (expected > MOST) expect(parsed).toMatch(/longer than/);
        else expect(parsed).toBe(Number(expected));
      }),
    );
  });

  test('reads back from its shortest text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number(MOST) }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
    expect([3_600_000, 90_000, 1500, 86_400_000 * 7, 5_400_000].map(formatDuration)).toEqual([
      '1h',
      '90s',
      '1500ms',
      '7d',
      '90m',
    ]);
  });

  test.each([
    [''],
    ['1'],
    ['h'],
    ['1 h'],
    ['-1h'],
    ['1.5h'],
    ['1w'],
    ['1H'],
    ['1h '],
    ['PT1H'],
    ['9999999999999ms'],
  ])('is not %j: the reason names the remedy', (text) => {
    expect(parseDuration(text)).toMatch(/is no duration; write a whole number and a unit/);
  });

  test.each([[undefined], [null], [3600], [5n], [{}], [Object.create(null)], [Symbol('1h')]])(
    'is not something that is no text, %#',
    (value) => {
      expect(parseDuration(value)).toMatch(/is no duration/);
    },
  );

  test('has an end', () => {
    expect(parseDuration('3660d')).toBe(Number(MOST));
    expect(parseDuration('3661d')).toMatch(/3660d/);
    expect(parseDuration('999999999999d999999999999d')).toMatch(/3660d/);
  });
});
