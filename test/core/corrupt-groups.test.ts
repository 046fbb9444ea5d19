import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { groupValuesOf } from '#core/group-key.ts';
import { GroupTable } from '#core/group-table.ts';
import { noCompression, rawDeflate } from './raw-deflate.ts';

const RAW = 0x81;
const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];

describe('the error for a block that can not be read says what was expected, where, and what was found', () => {
  test.each<[string, number[], string]>([
    ['no bytes', [], 'expected the version of a block at offset 0, found the end'],
    ['version 0', [0], 'expected a block of version 1 or 2 at offset 0, found version 0'],
    [
      'version 3',
      [0x83],
      'expected a block of version 1 or 2 at offset 0, found version 3, which newer code wrote: deploy that code',
    ],
    ['no metrics', [RAW], 'expected the number of metrics at offset 0, found the end'],
    [
      'more metrics than bytes',
      [RAW, 3, 0, 0, 0, 0, 0],
      'expected the number of metrics at offset 0, found 3, for which 5 bytes are too few',
    ],
    [
      'half a name',
      [RAW, 1, 9, 65],
      'expected the name of a metric at offset 1, found 9, for which 1 bytes are too few',
    ],
    ['no kind', [RAW, 1, ...text('n')], 'expected the kind of a metric at offset 3, found the end'],
    [
      'another kind',
      [RAW, 1, ...text('n'), ...text('mode')],
      "expected a kind of metric that this code knows at offset 8, found another; if it is a pipeline's own, import the pipeline before its blocks are read",
    ],
    [
      'groups cut off',
      [RAW, 1, ...text('n'), ...text('count')],
      'expected the number of groups at offset 9, found the end',
    ],
    [
      'more than a block',
      [RAW, 1, ...text('n'), ...text('count'), 0, 7, 7],
      'expected the end at offset 10, found 2 more bytes',
    ],
    [
      'bytes that are not deflated',
      [1, 0xff, 0xff],
      'expected deflated bytes at offset 1, found damaged ones',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeGroups(Uint8Array.from(bytes), rawDeflate)).toThrow(
      expect.objectContaining({ name: 'CorruptError', message: `corrupt data: ${message}` }),
    );
  });
});

describe('the error for a group key that can not be read says what was expected, where, and what was found', () => {
  test.each<[string, number, string]>([
    ['a', 2, 'expected a group key of 2 values at offset 0, found one of 1'],
    ['a\u001fb', 1, 'expected a group key of 1 values at offset 0, found one of 2'],
    ['', 2, 'expected a group key of 2 values at offset 0, found one of 1'],
    [
      'ab\u001fc\u001f\u001ex',
      3,
      'expected an escaped string in a group key at offset 5, found an unknown escape',
    ],
    ['\u001e', 1, 'expected an escaped string in a group key at offset 0, found an unknown escape'],
    ['\u001en01', 1, 'expected a number in a group key at offset 0, found something else'],
    ['\u001en1\u001f\u001enx', 2, 'expected a number in a group key at offset 4, found something else'],
    ['\u001enNaN', 1, 'expected a number in a group key at offset 0, found something else'],
    ['\u001enInfinity', 1, 'expected a number in a group key at offset 0, found something else'],
    ['\u001en', 1, 'expected a number in a group key at offset 0, found something else'],
  ])('%j of %i values', (key, fieldCount, message) => {
    expect(() => groupValuesOf(key as GroupKey, fieldCount)).toThrow(
      expect.objectContaining({ name: 'CorruptError', message: `corrupt data: ${message}` }),
    );
  });
});

describe('tables of different metrics', () => {
  const layoutOf = (...kinds: string[]) => kinds.map((kind, at) => ({ name: `m${at}`, kind }));

  test('do not merge, also where one has the first metrics of the other, or some of them', () => {
    const layouts = [
      layoutOf(),
      layoutOf('count'),
      layoutOf('count', 'sum'),
      layoutOf('count', 'mean'),
      layoutOf('max', 'sum'),
    ];
    for (const [a, one] of layouts.entries()) {
      for (const [b, other] of layouts.entries()) {
        const merge = () => GroupTable.empty(one).mergeFrom(GroupTable.empty([...other]));
        if (a === b) expect(merge).not.toThrow();
        else expect(merge).toThrow(TypeError);
      }
    }
    const [, , two, others] = layouts;
    expect(() => GroupTable.empty(two ?? []).mergeFrom(GroupTable.empty(others ?? []))).toThrow(
      "a table of (m0: count, m1: sum) can't take in one of (m0: count, m1: mean)",
    );
  });

  test('have the columns that they have', () => {
    const table = GroupTable.empty(layoutOf('count', 'sum'));
    expect(() => table.column(2)).toThrow(new RangeError('no column 2 in a table of 2'));
    expect(() => table.column(-1)).toThrow(new RangeError('no column -1 in a table of 2'));
  });
});

test('groups are stored by their keys, whatever their rows', () => {
  const keysOf = (...keys: string[]) => {
    const table = GroupTable.empty([]);
    for (const key of keys) table.row(key as GroupKey);
    return [...encodeGroups(table, noCompression)];
  };
  const bytes = [RAW, 0, 3, 0, ...text('a'), 1, ...text('b'), 0, ...text('b')];
  expect(keysOf('b', 'a', 'ab')).toEqual(bytes);
  expect(keysOf('a', 'ab', 'b')).toEqual(bytes);
});
