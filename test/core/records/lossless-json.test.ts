import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { toLosslessJson } from '#core/records/lossless-json.ts';

/** JSON values with infinities among the numbers. */
const { value: jsonWithInfinities } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(Infinity, -Infinity),
    // -0 is 0 in JSON, as it is everywhere here: no metric and no group tells them apart.
    fc.jsonValue({ maxDepth: 1 }).map((value): unknown => JSON.parse(JSON.stringify(value))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
}));

describe('lossless JSON', () => {
  it('is what JSON.stringify writes, where that loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toLosslessJson(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('reads back as the same value, infinities included', () => {
    fc.assert(
      fc.property(jsonWithInfinities, (value) => {
        expect(JSON.parse(toLosslessJson(value))).toEqual(value);
      }),
    );
  });

  it('writes odd numbers as they are, and leaves out what JSON leaves out', () => {
    const at = new Date(0);
    const value = {
      nan: Number.NaN,
      list: [undefined, -Infinity, () => 1],
      none: undefined,
      big: 2n ** 70n,
      at,
    };
    expect(toLosslessJson(value)).toBe(
      '{"nan":NaN,"list":[null,-1e999,null],"big":1180591620717411303424,"at":"1970-01-01T00:00:00.000Z"}',
    );
    expect(toLosslessJson(Number.NaN)).toBe('NaN');
    expect(toLosslessJson(undefined)).toBe('undefined');
  });

  it('asks toJSON once, also where it returns its own object', () => {
    const own = { x: Infinity, toJSON: () => own };
    expect(toLosslessJson(own)).toBe('{"x":1e999}');
  });

  it('refuses what nests too deeply or in circles, with what to do', () => {
    let deep: unknown = Number.NaN;
    for (let level = 0; level < RECORD_LIMITS.nestingMax; level++) deep = [deep];
    expect(toLosslessJson(deep)).toContain('NaN');
    expect(() => toLosslessJson([deep])).toThrow(/flatten the event/);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(() => toLosslessJson(circular)).toThrow(RangeError);
  });
});
