import { describe, expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey } from '#core/brand.ts';
import { GroupTable } from '#core/group-table.ts';
import { NO_PLACE } from '#core/metrics/event-order.ts';
import { BLOCK_BYTES_MAX } from '#core/protocol/fold-block.ts';
import { mergeGroups } from '#core/protocol/merge-groups.ts';

/** A block that counts one event for each key. */
function block(keys: readonly string[]): Uint8Array {
  const table = GroupTable.empty([{ name: 'n', kind: 'count' }]);
  const order = { ...NO_PLACE, time: 0 as EpochMs };
  for (const key of keys) table.column(0).add(table.row(key as GroupKey), 0, order);
  return encodeGroups(table, nodeCompression);
}

function countsOf(bytes: Uint8Array): Map<string, unknown> {
  const table = decodeGroups(bytes, nodeCompression);
  return new Map([...table.keys()].map((key) => [key, table.values(table.row(key))[0]]));
}

const total = (counts: ReadonlyMap<string, unknown>) =>
  [...counts.values()].reduce<number>((sum, count) => sum + Number(count), 0);

/** Keys that no compression makes small. */
function noise(keys: number, length: number): string[] {
  let state = 1;
  return Array.from({ length: keys }, () => {
    let key = '';
    while (key.length < length) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      key += (state >>> 8).toString(36);
    }
    return key;
  });
}

describe('parts of one window', () => {
  test('add up, group by group, and read again as what was merged', () => {
    const { bytes, table } = mergeGroups(
      [block(['a', 'b']), block(['b', 'c']), block(['b'])],
      10,
      nodeCompression,
    );
    const counts = countsOf(bytes);
    expect(counts).toEqual(
      new Map([
        ['a', 1],
        ['b', 3],
        ['c', 1],
      ]),
    );
    expect(table.size).toBe(3);
  });

  test('keep as many groups apart as are let in, the first part too, and all in total', () => {
    const counts = countsOf(mergeGroups([block(['a', 'b', 'c']), block(['d'])], 2, nodeCompression).bytes);
    expect(counts.size).toBe(3);
    expect(total(counts)).toBe(4);
    expect(counts.get('a')).toBe(1);
  });

  test('that would not fit into an item together keep fewer apart, and all in total', () => {
    const [left, right] = [noise(300, 1000), noise(600, 1000).slice(300)];
    const { bytes } = mergeGroups([block(left), block(right)], 10_000, nodeCompression);
    expect(bytes.length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    const counts = countsOf(bytes);
    expect(counts.size).toBeLessThan(600);
    expect(total(counts)).toBe(600);
  });
});
