import { describe, expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, SequenceNumber, ShardId } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { groupKeyOf, OTHER_GROUP } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { Scalar } from '#core/metrics/metric-kind.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { noCompression, rawDeflate } from '../raw-deflate.ts';
import { columnOfSamples, readBack, type Sample, written } from './columns.ts';

const maxBy = metricKind('maxBy');
const minBy = metricKind('minBy');

function at(time: number, sequence = '1', index = 0, shard = 's'): EventOrder {
  return { time: time as EpochMs, shard: shard as ShardId, sequence: sequence as SequenceNumber, index };
}

/** What has the greatest and the least number, whatever the order of the events. */
function edges(...samples: [Scalar, number, EventOrder][]): unknown[] {
  const list: Sample[] = samples.map(([value, by, order]) => ({ value, by, order }));
  return [maxBy, minBy].map((kind) => {
    const [there, back] = [list, [...list].reverse()].map((each) => columnOfSamples(kind, each).value(0));
    expect(back).toBe(there);
    return there;
  });
}

describe('the value of the event with the greatest and with the least number', () => {
  test('is so whenever the events were', () => {
    expect(edges(['b', 5, at(3)], ['a', 1, at(1)], ['c', 9, at(2)])).toEqual(['c', 'a']);
    expect(edges(['a', -1e100, at(1)], ['b', 1e-300, at(1, '2')], ['c', 1e100, at(0)])).toEqual(['c', 'a']);
  });

  test('is that of the first of several, by time, shard, sequence number and index, for both', () => {
    expect(edges(['x', 5, at(2, '1')], ['y', 5, at(1, '9')])).toEqual(['y', 'y']);
    expect(edges(['x', 5, at(1, '10')], ['y', 5, at(1, '9')])).toEqual(['y', 'y']);
    expect(edges(['x', 5, at(1, '9', 10)], ['y', 5, at(1, '9', 9)])).toEqual(['y', 'y']);
    expect(edges(['x', 5, at(1, '1', 0, 's1')], ['y', 5, at(1, '9', 9, 's0')])).toEqual(['y', 'y']);
    expect(edges(['x', 0, at(2)], ['y', -0, at(1)])).toEqual(['y', 'y']);
  });

  test('is none where there is no event', () => {
    expect(edges()).toEqual([null, null]);
  });
});

/*
 * A block with both kinds, as it lies in tables from the first release on: it must be read for good. Of group `n`
 * there are the events 1 to n; the number goes up to the middle one and down again.
 */
const GOLDEN = [
  '810206615f6d6f7374056d6178427907625f6c65617374056d696e42790300031e6e31030130020133020276310276350276',
  '3201000000000000f83f0000000000001e40000000000000084082a0abfef96200040102003a731f34393539303333383237',
  '3134393032353636303835353936393235333833363135373130393539323135373539383931333635383838393139013200',
  '01010105020002020201000000000000f83f000000000000f83f000000000000f83f82a0abfef96200000001003a731f3439',
  '3539303333383237313439303235363630383535393639323533383336313537313039353932313537353938393133363538',
  '38383931000000010101',
].join('');
const LAYOUT: Layout = [
  { name: 'a_most', kind: 'maxBy' },
  { name: 'b_least', kind: 'minBy' },
];
const SIZES = [1, 3, 10];

function table(): GroupTable {
  const built = GroupTable.empty(LAYOUT);
  for (const size of SIZES) {
    const row = built.row(groupKeyOf([size]) as GroupKey);
    for (let n = 1; n <= size; n++) {
      const by = 1.5 * Math.min(n, size + 1 - n);
      const order = at(
        1_700_000_000_000 + n,
        `4959033827149025660855969253836157109592157598913658889${n % 3}`,
        n,
      );
      built.column(0).add(row, `v${n}`, order, by);
      built.column(1).add(row, n, order, by);
    }
  }
  return built;
}

describe('a stored block', () => {
  test('is read: its values and its totals', () => {
    const golden = decodeGroups(new Uint8Array(Buffer.from(GOLDEN, 'hex')), rawDeflate);
    expect(golden.layout).toEqual(LAYOUT);
    const values = SIZES.map((size) => golden.values(golden.row(groupKeyOf([size]) as GroupKey)));
    // Of ten events, the fifth and the sixth have the greatest number, the first and the last the least.
    expect(values).toEqual([
      ['v1', 1],
      ['v2', 1],
      ['v5', 1],
    ]);
    const total = golden.emptyLike();
    total.mergeFrom(golden, () => OTHER_GROUP);
    expect(total.values(0)).toEqual(['v5', 1]);
  });

  test('is still written as the same bytes', () => {
    // Without the compressor, which may pack the same bytes in another way in another release.
    expect(Buffer.from(encodeGroups(table(), noCompression)).toString('hex')).toBe(GOLDEN);
  });
});

describe('its bytes', () => {
  // Mode, value; mode, number; base, offset; one place of 4 characters, none shared; its number; the index.
  const good = [0, 14, 0, 6, 2, 0, 1, 0, 4, 0x73, 0x1f, 0x31, 0x32, 0, 3];

  test('are those', () => {
    const column = columnOfSamples(maxBy, [{ value: 7, by: 3, order: at(1, '12', 3) }]);
    expect([...written(column, [0])]).toEqual(good);
    expect(readBack(maxBy, Uint8Array.from(good), 1).value(0)).toBe(7);
  });

  test('that have a value without a number are refused', () => {
    // A mode for numbers of which some are missing, and a bitmap that has none.
    const bytes = Uint8Array.from([...good.slice(0, 2), 2, 0, ...good.slice(4)]);
    expect(() => readBack(maxBy, bytes, 1)).toThrow(CorruptError);
  });
});
