import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupKey } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import {
  explainGroupKey,
  GROUP_KEY_UNITS_MAX,
  groupKeyOf,
  groupValuesOf,
  OTHER_GROUP,
} from '#core/group-key.ts';

/** Strings that try to look like other keys. */
const hostile = fc
  .array(
    fc.constantFrom(
      '\u001e',
      '\u001f',
      '\u0000',
      'e',
      's',
      'n',
      't',
      'f',
      'z',
      'o',
      '1',
      '\ud800',
      '\udc00',
      '__proto__',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const value = fc.oneof(
  hostile,
  hostile,
  fc.array(fc.nat({ max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', 'null', 'true', '0', '__other__', '__proto__', 'constructor', 'ATL'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

describe('group keys', () => {
  test('give back the values that they were made from', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const key = groupKeyOf(values);
        expect(key).toBeDefined();
        expect(groupValuesOf(key as GroupKey, values.length)).toEqual(
          values.map((one) => (one === 0 ? 0 : one)),
        );
        expect(key).not.toBe(OTHER_GROUP);
      }),
      { numRuns: 2000 },
    );
  });

  test('differ where the values differ', () => {
    const tuples = fc.nat({ max: 3 }).chain((size) => {
      const tuple = fc.array(fc.oneof(hostile, fc.constantFrom<unknown>(1, true, null)), {
        minLength: size,
        maxLength: size,
      });
      return fc.tuple(tuple, tuple);
    });
    fc.assert(
      fc.property(tuples, ([a, b]) => {
        expect(groupKeyOf(a) === groupKeyOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2000 },
    );
    expect(groupKeyOf(['1'])).not.toBe(groupKeyOf([1]));
    expect(groupKeyOf(['a', 'b'])).not.toBe(groupKeyOf(['a\u001fb']));
    expect(groupKeyOf([-0])).toBe(groupKeyOf([0]));
  });

  test('of everyday strings are those strings', () => {
    expect(groupKeyOf(['ATL'])).toBe('ATL');
    expect(groupKeyOf(['ATL', 'JFK'])).toBe('ATL\u001fJFK');
    expect(groupKeyOf([])).toBe('');
  });

  test('are not made of what is no group, and the reason names the field but not the value', () => {
    const fields = ['origin', 'gate'];
    const cases: [unknown[], string][] = [
      [['secret'], "'gate' is missing; send it, as null if there is none"],
      [[undefined, 'secret'], "'origin' is missing; send it, as null if there is none"],
      [['secret', Number.NaN], "'gate' is no finite number"],
      [['secret', Number.POSITIVE_INFINITY], "'gate' is no finite number"],
      [['secret', {}], "'gate' is of type object; group by a string, number, boolean or null"],
      [['secret', ['secret']], "'gate' is an array; group by a string, number, boolean or null"],
      [['secret', 1n], "'gate' is of type bigint; group by a string, number, boolean or null"],
      [
        ['secret', 'x'.repeat(2000)],
        'the values to group by have over 1024 characters; group by something shorter',
      ],
    ];
    for (const [values, reason] of cases) {
      const tuple = values.length === 1 ? [...values, undefined] : values;
      expect(groupKeyOf(tuple)).toBeUndefined();
      expect(explainGroupKey(tuple, fields)).toBe(reason);
    }
    expect(explainGroupKey(['a', undefined])).toMatch(/^group-by value 2 of 2 is missing/);
  });

  test('end at a length, separators and escapes included', () => {
    expect(groupKeyOf(['x'.repeat(GROUP_KEY_UNITS_MAX)])).toHaveLength(GROUP_KEY_UNITS_MAX);
    expect(groupKeyOf(['x'.repeat(GROUP_KEY_UNITS_MAX + 1)])).toBeUndefined();
    expect(groupKeyOf(['x'.repeat(1000), 'y'.repeat(23)])).toHaveLength(GROUP_KEY_UNITS_MAX);
    expect(groupKeyOf(['x'.repeat(1000), 'y'.repeat(24)])).toBeUndefined();
    expect(groupKeyOf(['\u001f'.repeat(513)])).toBeUndefined();
  });
});

describe('groupValuesOf', () => {
  test('names the group of others in every field', () => {
    expect(groupValuesOf(OTHER_GROUP, 2)).toEqual(['__other__', '__other__']);
    expect(groupValuesOf(OTHER_GROUP, 0)).toEqual([]);
    expect(groupKeyOf(['__other__'])).not.toBe(OTHER_GROUP);
  });

  test('reads any text as values of which it is the key, or throws CorruptError', () => {
    fc.assert(
      fc.property(hostile, fc.nat({ max: 3 }), (text, fieldCount) => {
        try {
          const values = groupValuesOf(text as GroupKey, fieldCount);
          expect(values).toHaveLength(fieldCount);
          if (text !== OTHER_GROUP) expect(groupKeyOf(values)).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
