import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { GroupTable } from '#core/group-table.ts';
import { noCompression, rawDeflate } from './raw-deflate.ts';

const MEBI = 1024 * 1024;

function tableOf(...keys: string[]): GroupTable {
  const table = GroupTable.empty([]);
  for (const key of keys) table.row(key as GroupKey);
  return table;
}

describe('a block', () => {
  test('is not written where it would be too large to be read again', () => {
    // Three bytes a character, so that the keys have few enough of these.
    const key = '€'.repeat((16 * MEBI) / 3 - 3);
    const room = 16 * MEBI - (encodeGroups(tableOf(key), noCompression).length - 1);
    const largest = encodeGroups(tableOf(key + 'x'.repeat(room)), rawDeflate);
    expect([...decodeGroups(largest, rawDeflate).keys()]).toEqual([key + 'x'.repeat(room)]);
    expect(() => encodeGroups(tableOf(`${key}${'x'.repeat(room)}x`), rawDeflate)).toThrow(
      new RangeError(
        'a block of 16777217 bytes; at most 16777216 can be read again: lower the cap on groups',
      ),
    );
  });

  test('has keys of a length, all together, that few bytes can not exceed', () => {
    const half = 'x'.repeat(8 * MEBI);
    expect(decodeGroups(encodeGroups(tableOf(half, half.slice(1)), rawDeflate), rawDeflate).size).toBe(2);
    expect(() => encodeGroups(tableOf(half, `${half}x`), rawDeflate)).toThrow(
      new RangeError('texts of more than 16777216 characters together'),
    );
    const foreign = new ByteWriter();
    foreign.byte(0x81);
    foreign.varint(0);
    foreign.varint(2);
    foreign.varint(0);
    foreign.text(half);
    foreign.varint(half.length);
    foreign.text('x');
    expect(() => decodeGroups(foreign.finish(), rawDeflate)).toThrow(
      'corrupt data: expected groups of 16777216 characters at most at offset 8388621, found more',
    );
  });
});
