import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { IdList, NO_IDS, type SeenId } from '#core/duplicates/id-list.ts';
import { missedIn } from '../missed.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 31));
const ids = fc
  .array(fc.record({ high: word, low: word, second: fc.integer({ min: 1, max: 2 ** 32 - 1 }) }))
  .map((all) => all.sort((a, b) => a.second - b.second));

function listOf(all: readonly SeenId[]): IdList {
  const list = new IdList();
  for (const { high, low, second } of all) list.add(high, low, second);
  return list;
}

describe('a list of ids', () => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(ids, (all) => {
        expect([...IdList.decode(listOf(all).encode())]).toEqual(all);
      }),
    );
    expect([...IdList.decode(NO_IDS)]).toEqual([]);
  });

  test('takes 8 bytes an id, and a few for each second', () => {
    const all = Array.from({ length: 1000 }, (_, i) => ({
      high: i,
      low: i,
      second: 1_767_225_600 + (i % 2),
    }));
    const { length } = listOf(all.sort((a, b) => a.second - b.second)).encode();
    expect(length).toBeGreaterThanOrEqual(8000);
    expect(length).toBeLessThanOrEqual(8016);
  });

  test('refuses what is damaged, whatever it is', () => {
    const bytes = listOf([
      { high: 1, low: 2, second: 3 },
      { high: 4, low: 5, second: 6 },
    ]).encode();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => IdList.decode(bytes.subarray(0, length))).toThrow(CorruptError);
    }
    expect(() => IdList.decode(Uint8Array.of(...bytes, 0))).toThrow(CorruptError);
    expect(() => IdList.decode(Uint8Array.of(2, ...bytes.subarray(1)))).toThrow(/version 1 of a list of ids/);
    // No ids in a second, and the second 0.
    expect(() => IdList.decode(Uint8Array.of(1, 1, 5, 0))).toThrow(CorruptError);
    expect(() => IdList.decode(Uint8Array.of(1, 1, 0, 1, ...new Uint8Array(8)))).toThrow(CorruptError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        try {
          IdList.decode(any);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
        }
      }),
    );
  });

  test('says what is missing where it is cut, and what makes no sense', () => {
    const bytes = listOf(
      Array.from({ length: 9 }, (_, i) => ({ high: i, low: i, second: 1000 + 200 * i })),
    ).encode();
    expect(missedIn(bytes.subarray(0, 40), IdList.decode)).toEqual([
      ...['the version of a list of ids', 'the number of seconds', 'a second', 'the ids of a second'],
      '8 bytes for each of 9 ids',
    ]);
    expect(() => IdList.decode(bytes.subarray(0, bytes.length - 5))).toThrow(
      'of 9 ids at offset 29, found 67',
    );
    expect(() => IdList.decode(Uint8Array.of(2))).toThrow('version 1 of a list of ids at offset 1, found 2');
    expect(() => IdList.decode(Uint8Array.of(1, 1, 5, 0))).toThrow(
      'expected seconds with ids at offset 4, found one without',
    );
  });

  test('knows its first and its last second', () => {
    const list = listOf([
      { high: 1, low: 2, second: 30 },
      { high: 4, low: 5, second: 60 },
    ]);
    expect([list.from, list.to]).toEqual([30, 60]);
    expect([new IdList().from, new IdList().to]).toEqual([0, 0]);
  });

  test('leaves ids of one second in the order in which they were seen', () => {
    const at = (low: number, second: number) => ({ high: 0, low, second });
    const merged = IdList.merged([listOf([at(1, 5), at(2, 6)]), listOf([at(3, 5), at(4, 6)])], 5);
    expect([...merged].map(({ low }) => low)).toEqual([1, 3, 2, 4]);
  });

  test('merged with others has all from a second on, in the order of the seconds', () => {
    fc.assert(
      fc.property(fc.array(ids, { maxLength: 4 }), fc.integer({ min: 0, max: 2 ** 32 }), (lists, from) => {
        const merged = [...IdList.merged(lists.map(listOf), from)];
        const all = lists.flat().filter(({ second }) => second >= from);
        const asText = (some: readonly SeenId[]) =>
          some.map(({ high, low, second }) => `${second} ${high} ${low}`).sort();
        expect(asText(merged)).toEqual(asText(all));
        expect(merged.every(({ second }, i) => i === 0 || second >= (merged[i - 1]?.second ?? 0))).toBe(true);
      }),
    );
  });
});
