import { expect, test } from 'vitest';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { hashPosition } from '#core/scale/hash-range.ts';
import type { KnownShard } from '#core/scale/moves.ts';
import { planMerges } from '#core/scale/plan-merges.ts';
import type { LoadPeak } from '#core/scale/scale-state.ts';
import { SETTINGS } from './stream-model.ts';

const NOW = 1_700_000_000_000 as EpochMs;
const CALM = (NOW - SETTINGS.calmMs) as EpochMs;

interface Known {
  readonly load: number;
  readonly peaks?: readonly number[];
  readonly since?: number;
}

/** Neighbours `s0`, `s1`, …, each with that load, and quiet for as long as they need to be. */
function shards(...all: (number | Known | null)[]): KnownShard[] {
  return all.map((each, i) => {
    const shard = `s${i}` as ShardId;
    const range = { first: hashPosition(BigInt(100 * i)), last: hashPosition(BigInt(100 * i + 99)) };
    if (each === null) return { shard, range, measure: undefined, record: undefined };
    const { load, peaks = [], since = CALM } = typeof each === 'number' ? { load: each } : each;
    const record = {
      ...{ shard, samples: 9, load, since: since as EpochMs, measured: NOW },
      peaks: peaks.map((peak, part): LoadPeak => ({ part, load: peak })),
    };
    return { shard, range, measure: undefined, record };
  });
}

function merged(known: readonly KnownShard[], settings = SETTINGS): string[] {
  return planMerges(settings, known, NOW).map((move) =>
    move.type === 'merge' ? `${move.shard}+${move.neighbour}` : expect.fail('a split'),
  );
}

test('quiet neighbours are merged, and it is said why', () => {
  expect(planMerges(SETTINGS, shards(0.05, 0.07), NOW)).toEqual([
    {
      ...{ type: 'merge', shard: 's0', neighbour: 's1' },
      reason: 'for 60 minutes, both together have carried at most 12 % of what one shard is to carry',
    },
  ]);
});

test('together they have carried 0.45 at most, at any time of the calm', () => {
  expect(merged(shards(0.25, 0.2))).toEqual(['s0+s1']);
  expect(merged(shards(0.25, 0.21))).toEqual([]);
  expect(merged(shards({ load: 0.2, peaks: [0.2, 0.25, 0.1] }, 0.2))).toEqual(['s0+s1']);
  expect(merged(shards({ load: 0.2, peaks: [0.2, 0.26, 0.1] }, 0.2))).toEqual([]);
});

test('both have been known for as long as the calm has to last', () => {
  expect(merged(shards(0.1, { load: 0.1, since: CALM + 1 }))).toEqual([]);
  expect(merged(shards({ load: 0.1, since: CALM + 1 }, 0.1))).toEqual([]);
  expect(merged(shards(0.1, null))).toEqual([]);
  expect(merged(shards(null, 0.1))).toEqual([]);
});

test('what lies between two shards keeps them apart', () => {
  expect(merged(shards(0.05, 0.9, 0.05).filter(({ shard }) => shard !== 's1'))).toEqual([]);
});

test('the coldest come first, eight at a time, no shard twice', () => {
  expect(merged(shards(0.1, 0.1, 0.02, 0.03))).toEqual(['s2+s3', 's0+s1']);
  expect(merged(shards(0.02, 0.03, 0.1, 0.1))).toEqual(['s0+s1', 's2+s3']);
  expect(merged(shards(0.1, 0.1, 0.1))).toEqual(['s0+s1']);
  expect(merged(shards(...Array.from({ length: 20 }, () => 0.05)))).toHaveLength(8);
});

test('there are no fewer shards than there are to be', () => {
  const known = shards(0.06, 0.06, 0.05, 0.05);
  expect(merged(known, { ...SETTINGS, shardsMin: 2 })).toEqual(['s2+s3', 's0+s1']);
  expect(merged(known, { ...SETTINGS, shardsMin: 3 })).toEqual(['s2+s3']);
  expect(merged(known, { ...SETTINGS, shardsMin: 4 })).toEqual([]);
  expect(merged(known, { ...SETTINGS, shardsMin: 9 })).toEqual([]);
});

test('nothing is made that stands out: over 1.25 times the mean of what there will be, and over 0.2', () => {
  // 0.4 among three of 0.16 on average; 0.22 among four of 0.12; 0.04 is little, whatever the mean.
  expect(merged(shards(0.2, 0.2, 0.02, 0.02, 0.02, 0.02))).toEqual(['s2+s3', 's4+s5']);
  // 0.2 itself is little enough.
  expect(merged(shards(0.1, 0.1, 0.01, 0.01))).toEqual(['s2+s3', 's0+s1']);
  expect(merged(shards(0.11, 0.1, 0.01, 0.01))).toEqual(['s1+s2']);
  // 0.3125 is 1.25 times the mean, 0.75 of three; and more than that once the others have less.
  const busy = (load: number): Known => ({ load, since: NOW });
  expect(merged(shards(0.15625, 0.15625, busy(0.21875), busy(0.21875)))).toEqual(['s0+s1']);
  expect(merged(shards(0.15625, 0.15625, busy(0.21875), busy(0.21)))).toEqual([]);
});
