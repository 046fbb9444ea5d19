import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import type { Compression } from '#core/compression.ts';
import { OTHER_GROUP } from '#core/group-key.ts';
import type { GroupTable } from '#core/group-table.ts';
import { BLOCK_BYTES_MAX, foldBlock } from '#core/protocol/fold-block.ts';
import { EMPTY_HEAD, type PendingDelta } from '#core/protocol/head.ts';
import { noCompression } from '../raw-deflate.ts';
import { tableOf } from './deltas.ts';

const KEY = { aggregate: 'a', generation: 'g', windowStart: 0 as WindowStart };
const head = { ...EMPTY_HEAD, n: 7 };

/** Takes no more than `bytesMax`, as a codec that could not read more again. */
function upTo(bytesMax: number, error: () => unknown = () => new RangeError('too large')): Compression {
  return {
    ...noCompression,
    deflate: (bytes) => {
      if (bytes.length > bytesMax) throw error();
      return bytes;
    },
  };
}

function pendingOf(table: GroupTable): PendingDelta {
  const bytes = encodeGroups(table, noCompression);
  return {
    key: KEY,
    windowEnd: 1 as EpochMs,
    groupsMax: 100,
    keepMs: null,
    bytes,
    carriedBytes: 0,
    fold: true,
  };
}

/** One event for each of these groups. */
function eachOf(groups: string, value: number): GroupTable {
  return tableOf(Object.fromEntries(groups.split('').map((group) => [group, [value]])));
}

/** How large the body of a block of these groups is. */
function bodyBytes(table: GroupTable): number {
  return encodeGroups(table, noCompression).length - 1;
}

/** The groups of a block, with their events and totals. */
function rowsOf(bytes: Uint8Array): (string | number)[][] {
  const table = decodeGroups(bytes, noCompression);
  return [...table.keys()].map((key) => [key, ...table.values(table.row(key)).map(Number)]);
}

/** A delta folded into the block of another. */
function folded(stored: GroupTable, added: GroupTable, compression: Compression) {
  const first = foldBlock(undefined, pendingOf(stored), head, noCompression);
  return foldBlock(first.block, pendingOf(added), { ...head, n: 8 }, compression);
}

describe('a block that would not fit', () => {
  const other = OTHER_GROUP as string;

  test('is left whole where it just does', () => {
    const whole = tableOf({ a: [1, 2], b: [1], c: [2] });
    const { block, overflowed } = folded(eachOf('ab', 1), eachOf('ac', 2), upTo(bodyBytes(whole)));
    expect(overflowed).toBe(0);
    expect(block).toMatchObject({ key: KEY, n: 8 });
    expect(rowsOf(block.bytes)).toEqual([
      ['a', 2, 3],
      ['b', 1, 1],
      ['c', 1, 2],
    ]);
  });

  test('lets no new groups in, and keeps its own', () => {
    const fits = tableOf({ a: [1, 2], b: [1], [other]: [2, 2] });
    const { block, overflowed } = folded(eachOf('ab', 1), eachOf('acd', 2), upTo(bodyBytes(fits)));
    expect(overflowed).toBe(2);
    expect(rowsOf(block.bytes)).toEqual([
      [other, 2, 4],
      ['a', 2, 3],
      ['b', 1, 1],
    ]);
  });

  test('keeps half of its own, and half of these, until it fits', () => {
    // No group is new, but fractions take more bytes than whole numbers.
    const fits = tableOf({ a: [1, 0.1], b: [1, 0.1], [other]: [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1] });
    const limit = upTo(bodyBytes(fits));
    const { block, overflowed } = folded(eachOf('abcdefg', 1), eachOf('abcdefg', 0.1), limit);
    expect(rowsOf(block.bytes)).toEqual([
      [other, 12, 6.6],
      ['a', 2, 1.1],
    ]);
    // Six of the block's own (of 7, floor(7/2) = 3, floor(3/2) = 1 stay), and the same six of the delta.
    expect(overflowed).toBe(6 + 6);
  });

  test('is refused where not even one group fits, with its limit', () => {
    expect(() => folded(eachOf('ab', 1), eachOf('ab', 1), upTo(8))).toThrow(
      new RangeError('a block of a single group that has more than 389120 bytes'),
    );
  });

  test('is told by the name of the error, and any other error is thrown on', () => {
    const foreign = () => Object.assign(new Error('of another realm'), { name: 'RangeError' });
    const limit = bodyBytes(tableOf({ a: [1], [other]: [2, 2, 2] }));
    const foldedBy = (error: () => unknown) => folded(eachOf('a', 1), eachOf('bcd', 2), upTo(limit, error));
    expect(foldedBy(foreign).overflowed).toBe(3);
    const broken = new TypeError('broken');
    expect(() => foldedBy(() => broken)).toThrow(broken);
  });
});

test('a block may have 380 KB, and not a byte more', () => {
  expect(BLOCK_BYTES_MAX).toBe(389_120);
  const named = (units: number) => tableOf({ ['x'.repeat(units)]: [1] });
  const units = 300_000 + BLOCK_BYTES_MAX - encodeGroups(named(300_000), noCompression).length;
  const largest = foldBlock(undefined, pendingOf(named(units)), head, noCompression);
  expect(largest.overflowed).toBe(0);
  expect(largest.block.bytes).toHaveLength(BLOCK_BYTES_MAX);
  const beyond = foldBlock(undefined, pendingOf(named(units + 1)), head, noCompression);
  expect(beyond.overflowed).toBe(1);
  expect([...decodeGroups(beyond.block.bytes, noCompression).keys()]).toEqual([OTHER_GROUP] as GroupKey[]);
});
