import { expect, test } from 'vitest';
import { fromScaleItem, toScaleItem } from '#adapters/dynamodb/scale-item.ts';

/** As version 1 stores it: what is in tables today must still be read. */
const GOLDEN = {
  rev: { N: '7' },
  version: { N: '1' },
  shards: { S: '[["shardId-000000000003",5,712,1700000000000,1700000240000,2833333,690,2833334,712]]' },
  lastSplit: { N: '1700000000000' },
};
const STATE = {
  rev: 7,
  shards: [
    {
      ...{ shard: 'shardId-000000000003', samples: 5, load: 0.712, since: 1_700_000_000_000 },
      measured: 1_700_000_240_000,
      peaks: [
        { part: 2_833_333, load: 0.69 },
        { part: 2_833_334, load: 0.712 },
      ],
    },
  ],
  ...{ lastSplit: 1_700_000_000_000, balancingUntil: null, movingUntil: null },
};

test('what scaling remembers is stored and read as version 1', () => {
  expect(fromScaleItem(GOLDEN)).toEqual(STATE);
  expect(toScaleItem(fromScaleItem(GOLDEN))).toEqual(GOLDEN);
});

test.each([
  ['another version', { version: { N: '2' } }, 'version 2'],
  ['no JSON', { shards: { S: 'x' } }, 'no JSON list'],
  ['an entry that is none', { shards: { S: '[[1,2]]' } }, 'no shard'],
])('%s is told', (_name, change, message) => {
  expect(() => fromScaleItem({ ...GOLDEN, ...change })).toThrow(message);
});
