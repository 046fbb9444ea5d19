import { expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, SequenceNumber, ShardId } from '#core/brand.ts';
import { groupKeyOf, OTHER_GROUP } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { MetricValue, Scalar } from '#core/metrics/metric-kind.ts';
import { METRIC_KINDS } from '#core/metrics/metric-kinds.ts';
import { noCompression, rawDeflate } from '../raw-deflate.ts';

/*
 * A block with the kinds of metrics that ../block-golden.test.ts does not have, as it lies in tables from the first
 * release on: it must be read for good. Where a kind's states have to change, the new ones get a mark or a kind of
 * their own, and a fixture beside this one.
 */
const GOLDEN = [
  '810a06615f7261746504726174650a625f76617269616e63650876617269616e636507635f66697273740566697273740664',
  '5f6c617374046c61737407655f6d69786564046c6173740b665f686973746f6772616d15686973746f6772616d28312e352c',
  '31302c313030290a675f64697374696e63740b64697374696e63742836290a685f7175616e74696c65127175616e74696c65',
  '28302e30312c302e35290b695f7175616e74696c6573197175616e74696c657328302e30312c302e32352c302e373529056a',
  '5f746f700b746f704b28322c313030290300021e7a000341544c00034a464b64011064011000f44e02900200dca62902b017',
  '01000000000000d03f000000000000d03f000000000000d03f80a0abfef96200000001004d736861726449642d3030303030',
  '303030303030311f343935393033333832373134393032353636303835353936393235333833363135373130393539323135',
  '37353938393133363538383839310000000101010204763130300276310376313680a0abfef96232000803004d7368617264',
  '49642d3030303030303030303030301f34393539303333383237313439303235363630383535393639323533383336313537',
  '313039353932313537353938393133363538383839304c0136133a311f343935393033333832373134393032353636303835',
  '353936393235333833363135373130393539323135373539383931333635383838393100020164011007040202c3a9010000',
  '00000000044080a0abfef96232000803004d736861726449642d3030303030303030303030301f3439353930333338323731',
  '3439303235363630383535393639323533383336313537313039353932313537353938393133363538383839304c0136133a',
  '311f343935393033333832373134393032353636303835353936393235333833363135373130393539323135373539383931',
  '33363538383839310002016401100400010008005a0001010001030001000800072100000400211000005112211002043101',
  '013230623041241322951127323020211301210283eff9172100000400200000005010010001000000010210020000000002',
  '20010100000000000001550002c80122130e0a08070505050304030203020202020102010101010101010101000100010001',
  '0000010000000100000000000000000000000000000000000000000000000000000000000000000000000000000000000001',
  '0101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101',
  '010101010101020101010201010201010201020102010202010202020102020202010101040201011000022022130e0a0807',
  '0505050304030203020101010101010101010101010101010101550002c80122130e0a080705050503040302030202020201',
  '0201010101010101010100010001000100000100000001000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000101010101010101010101010101010101010101010101010101010101010101010101',
  '0101010101010101010101010101010101010101010102010101020101020101020102010201020201020202010202020201',
  '0101040201011000022022130e0a0807050505030403020302010101010101010101010101010101010100040a020406080a',
  '0c0e101214030507090b0d0f111301010004010201010004040204060803050701',
].join('');

const LAYOUT: Layout = [
  { name: 'a_rate', kind: 'rate' },
  { name: 'b_variance', kind: 'variance' },
  { name: 'c_first', kind: 'first' },
  { name: 'd_last', kind: 'last' },
  { name: 'e_mixed', kind: 'last' },
  { name: 'f_histogram', kind: 'histogram(1.5,10,100)' },
  { name: 'g_distinct', kind: 'distinct(6)' },
  { name: 'h_quantile', kind: 'quantile(0.01,0.5)' },
  { name: 'i_quantiles', kind: 'quantiles(0.01,0.25,0.75)' },
  { name: 'j_top', kind: 'topK(2,100)' },
];

/** How many events each group has. */
const GROUPS: readonly (readonly [GroupKey, number])[] = [
  [groupKeyOf(['ATL']) as GroupKey, 1],
  [groupKeyOf(['JFK']) as GroupKey, 16],
  [groupKeyOf([null]) as GroupKey, 100],
];
const MIXED: readonly Scalar[] = ['é', 2.5, true];

/** The n-th event of a group has the number n, and is the n-th by time; some are of one time. */
function orderOf(n: number): EventOrder {
  return {
    time: (1_700_000_000_000 + Math.floor(n / 2)) as EpochMs,
    shard: `shardId-00000000000${n % 2}` as ShardId,
    sequence: `4959033827149025660855969253836157109592157598913658889${n % 10}` as SequenceNumber,
    index: n,
  };
}

function table(): GroupTable {
  const built = GroupTable.empty(LAYOUT);
  for (const [group, [key, events]] of GROUPS.entries()) {
    const row = built.row(key);
    for (let n = 1; n <= events; n++) {
      const square = Math.floor(Math.sqrt(n));
      const inputs = [0, n, n / 4, `v${n}`, MIXED[group] ?? 0, n, `value ${n}`, n, n, square];
      for (const [at, input] of inputs.entries()) built.column(at).add(row, input, orderOf(n));
    }
  }
  return built;
}

test('every kind of Weir’s is in a golden block', () => {
  // In ../block-golden.test.ts and in max-by.test.ts.
  const elsewhere = ['count', 'sum', 'min', 'max', 'mean', 'stddev', 'maxBy', 'minBy'];
  const here = LAYOUT.map(({ kind }) => kind.replace(/\(.*/, ''));
  expect(new Set([...elsewhere, ...here])).toEqual(new Set(METRIC_KINDS.keys()));
});

test('a block of version 1 with the newer kinds is read: its values and its totals', () => {
  const golden = decodeGroups(new Uint8Array(Buffer.from(GOLDEN, 'hex')), rawDeflate);
  expect(golden.layout).toEqual(LAYOUT);
  expect([...golden.keys()].sort()).toEqual(GROUPS.map(([key]) => key).sort());
  for (const [group, [key, n]] of GROUPS.entries())
    expectValues(golden.values(golden.row(key), 1000), group, n);

  const total = golden.emptyLike();
  total.mergeFrom(golden, () => OTHER_GROUP);
  const [rate, , first, last, , histogram, distinct] = total.values(0, 500);
  expect([rate, first, last]).toEqual([117 * 2, 0.25, 'v100']);
  expect(histogram).toEqual(bucketsOf([1, 16, 100]));
  expectWithin(distinct, 100, 0.3);
});

/** Of the numbers 1 to n: the variance is (n² - 1) / 12, the median n / 2. */
function expectValues(values: readonly MetricValue[], group: number, n: number): void {
  const [rate, variance, first, last, mixed, histogram, distinct, median, quarters, top] = values;
  expect([rate, variance, first, last]).toEqual([n, (n * n - 1) / 12, 0.25, `v${n}`]);
  expect(mixed).toBe(MIXED[group]);
  expect(histogram).toEqual(bucketsOf([n]));
  // Up to 16 values it keeps all.
  expectWithin(distinct, n, n > 16 ? 0.3 : 0);
  expectWithin(median, Math.ceil(n / 2), 0.01);
  const [low, high] = quarters as { quantile: number; value: number }[];
  expect([low?.quantile, high?.quantile]).toEqual([0.25, 0.75]);
  expectWithin(low?.value, Math.ceil(n / 4), 0.01);
  expectWithin(high?.value, Math.ceil((n * 3) / 4), 0.01);
  // The root of 2k + 1 numbers is k; the greatest root may have fewer.
  const counts = new Map<number, number>();
  for (let i = 1; i <= n; i++) {
    const root = Math.floor(Math.sqrt(i));
    counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([a, x], [b, y]) => y - x || a - b).slice(0, 2);
  expect(top).toEqual(ranked.map(([value, count]) => ({ value, count, error: 0 })));
}

function bucketsOf(sizes: readonly number[]): MetricValue {
  const counts = [0, 0, 0, 0];
  for (const size of sizes) {
    for (let n = 1; n <= size; n++) (counts[n < 1.5 ? 0 : n < 10 ? 1 : n < 100 ? 2 : 3] as number) += 1;
  }
  const bounds = [null, 1.5, 10, 100, null];
  return counts.map((count, i) => ({ from: bounds[i] ?? null, to: bounds[i + 1] ?? null, count }));
}

function expectWithin(value: unknown, exact: number, error: number): void {
  expect(Math.abs(Number(value) - exact)).toBeLessThanOrEqual(error * exact * (1 + 1e-9));
}

test('the same states are still written as the same bytes', () => {
  // Without the compressor, which may pack the same bytes in another way in another release.
  expect(Buffer.from(encodeGroups(table(), noCompression)).toString('hex')).toBe(GOLDEN);
});
