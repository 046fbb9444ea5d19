import { expect, test } from 'vitest';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { GroupKey } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { groupKeyOf, groupValuesOf, OTHER_GROUP } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import { ORDER } from './metrics/columns.ts';
import { noCompression, rawDeflate } from './raw-deflate.ts';

/*
 * A block of version 1, as it lies in tables from the first release on: it must be read for good. Where a format has to
 * change, it gets a version of its own, and a fixture beside this one.
 */
const DEFLATED = [
  '0163674fcbc94ccf2829664dce2fcd2be148c92c2e49cc4b4e652e2ecd654d4b2c4a2d06b13852138b7232538b4b987333f3',
  'd872124bc0ccc40ad694d49cc44a96dcd4c43cb6e282a2d4c414b6e2929494d43256064eb93c5d433d5379b91246c67c0676',
  'c7101f792f376f26967079b92a068eb70b1a0eaf942b96674e6164e262e0f9e2c7c496c7c8c4c4c8c864620c0297ed19c0a0',
  '610f84567180d0476c66cd04819df610fa2454dd07283dc1865908c2ba600fa39984cef39fe707dbc4080610891f1005bb26',
  '3ba06a7801a11bb41dc8d082acfa0d5874c7b22b50d51ba0aaaf4068010b0700',
].join('');
const STORED_RAW = [
  '810707666c696768747305636f756e740864697374616e63650373756d0566617265730373756d086561726c69657374036d',
  '696e066c6174657374036d61780564656c6179046d65616e06737072656164067374646465760500091e6e2d312e351f1e74',
  '01016f000741544c1f4a464b0204571f1e7a0008eda080c3a91e731f036401020a000cf44e02066e01020201010234333333',
  '3333d33f00000000000080bc0000000000002440000000000000c43c9a9999999999b93f9a9999999999c93f000000000000',
  'f03f000000000000903c0312000000000000d03f000000000000d03f0212cf0fcf0f036401020a0101010101010000000000',
  '00f83f0000000000ba9340000000000000d03f000000000000e83f0000000000802b40036401020a01010101010100000000',
  '0000f83f0000000000ba9340000000000000d03f000000000000e83f0000000000802b40010101010101000000000000ec3f',
  '00000000b8a6d440000000000000b03f000000000000d43f0000000000103840',
].join('');

const LAYOUT: Layout = [
  { name: 'flights', kind: 'count' },
  { name: 'distance', kind: 'sum' },
  { name: 'fares', kind: 'sum' },
  { name: 'earliest', kind: 'min' },
  { name: 'latest', kind: 'max' },
  { name: 'delay', kind: 'mean' },
  { name: 'spread', kind: 'stddev' },
];

/** How many events each group has: the n-th with distance n, fare 0.1, delay n / 4, of which 7 also count as early. */
const EVENTS: readonly (readonly [GroupKey | undefined, number])[] = [
  [groupKeyOf(['ATL', 'JFK']), 1],
  [groupKeyOf(['ATW', null]), 2],
  [groupKeyOf([-1.5, true]), 3],
  [groupKeyOf(['\ud800é\u001f', '']), 10],
  [OTHER_GROUP, 100],
];

function table(): GroupTable {
  const built = GroupTable.empty(LAYOUT);
  for (const [key, events] of EVENTS) {
    const row = built.row(key as GroupKey);
    for (let n = 1; n <= events; n++) {
      const early = events >= 7 && n <= 7;
      const inputs = [0, n, 0.1, early ? n / 4 : undefined, early ? -n * 1000 : undefined, n / 4, n / 4];
      for (const [at, input] of inputs.entries())
        if (input !== undefined) built.column(at).add(row, input, ORDER);
    }
  }
  return built;
}

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

test.each([
  ['deflated', DEFLATED],
  ['stored raw', STORED_RAW],
])('a block of version 1, %s, is read: its values and its totals', (_, hex) => {
  const golden = decodeGroups(bytesOf(hex), rawDeflate);
  expect(golden.layout).toEqual(LAYOUT);
  for (const [key, n] of EVENTS) {
    expect(golden.has(key as GroupKey)).toBe(true);
    // Of 1 to n: the sum is n (n + 1) / 2, the mean (n + 1) / 2, the variance (n² - 1) / 12.
    expect(golden.values(golden.row(key as GroupKey))).toEqual([
      n,
      (n * (n + 1)) / 2,
      n * 0.1,
      n >= 7 ? 0.25 : null,
      n >= 7 ? -1000 : null,
      (n + 1) / 8,
      Math.sqrt((n * n - 1) / 12 / 16),
    ]);
  }
  expect(golden.size).toBe(EVENTS.length);

  // The totals are sums of all events, whatever their groups.
  const total = golden.emptyLike();
  total.mergeFrom(golden, () => OTHER_GROUP);
  const delays = 1 + 3 + 6 + 55 + 5050;
  expect(total.values(0).slice(0, 6)).toEqual([116, delays, 116 * 0.1, 0.25, -1000, delays / 4 / 116]);
});

test('its keys are the values that were grouped by', () => {
  const keys = [...decodeGroups(bytesOf(STORED_RAW), rawDeflate).keys()];
  expect(keys.map((key) => groupValuesOf(key, 2))).toEqual([
    [-1.5, true],
    ['__other__', '__other__'],
    ['ATL', 'JFK'],
    ['ATW', null],
    ['\ud800é\u001f', ''],
  ]);
});

test('the same states are still written as the same bytes', () => {
  // Without the compressor, which may pack the same bytes in another way in another release.
  expect(Buffer.from(encodeGroups(table(), noCompression)).toString('hex')).toBe(STORED_RAW);
});

/** Of version 2: one group with one event, and that 300 others were reduced and 7 held; raw, and what a repair adds. */
const WITH_HOLES = '82d8040e0107666c696768747305636f756e7401000341544c01';
const REPAIR = '82d7040d0107666c696768747305636f756e7401000341544c07';

test('a block of version 2 is read: its values, and what they lack', () => {
  const golden = decodeGroups(bytesOf(WITH_HOLES), rawDeflate);
  expect(golden.layout).toEqual([{ name: 'flights', kind: 'count' }]);
  expect(golden.values(golden.row('ATL' as GroupKey))).toEqual([1]);
  expect(golden).toMatchObject({ reduced: 300, held: 7 });
  expect(Buffer.from(encodeGroups(golden, noCompression)).toString('hex')).toBe(WITH_HOLES);
  // What is repaired comes with what it takes off: together, nothing is lacking, and the block is of version 1 again.
  golden.mergeFrom(decodeGroups(bytesOf(REPAIR), rawDeflate));
  expect(golden).toMatchObject({ reduced: 0, held: 0 });
  expect(golden.values(golden.row('ATL' as GroupKey))).toEqual([8]);
  expect(encodeGroups(golden, noCompression)[0]).toBe(0x81);
  const none = bytesOf(WITH_HOLES.replace('d8040e', '000000'));
  expect(() => decodeGroups(none.slice(0, 3), rawDeflate)).toThrow(CorruptError);
});
