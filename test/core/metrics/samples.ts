import fc from 'fast-check';
import type { EventOrder, Scalar } from 'weir';
import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import type { Sample } from './columns.ts';

export const anyScalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constantFrom<Scalar>('a', 'b', '', '1', 'é', '\ud800', 'ATL', 1, 0, -7, 1.5, 1e300, true, false),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.integer({ min: -3, max: 3 }),
);

/** Few of each part, so that events of one time, one shard, one record come about. */
const orders: fc.Arbitrary<EventOrder> = fc.record({
  time: fc.constantFrom(-1, 0, 1, 1_700_000_000_000) as fc.Arbitrary<EpochMs>,
  shard: fc.constantFrom('shardId-000000000000', 'shardId-000000000001') as fc.Arbitrary<ShardId>,
  sequence: fc.constantFrom(
    '9',
    '10',
    '49590338271490256608559692538361571095921575989136588898',
    '49590338271490256608559692538361571095921575989136588900',
  ) as fc.Arbitrary<SequenceNumber>,
  index: fc.nat({ max: 2 }),
});

/** Events of a stream: no two have one place. */
export const placedSamples: fc.Arbitrary<Sample[]> = fc.uniqueArray(
  fc.record({ value: anyScalar, order: orders }),
  { maxLength: 20, selector: ({ order: { shard, sequence, index } }) => `${shard} ${sequence} ${index}` },
);

/** The same, with numbers to go by, of which many are equal. */
export const rankedSamples: fc.Arbitrary<Sample[]> = placedSamples.chain((samples) =>
  fc
    .array(fc.constantFrom(0, -0, 1, -1, 2.5, 1e100, -1e100, 7), {
      minLength: samples.length,
      maxLength: samples.length,
    })
    .map((numbers) => samples.map((sample, at) => ({ ...sample, by: numbers[at] ?? 0 }))),
);

/** By the definition of the order, with sequence numbers as numbers. */
export function sorted(samples: readonly Sample[]): Sample[] {
  return [...samples].sort(({ order: a }, { order: b }) => {
    if (a.time !== b.time) return a.time - b.time;
    if (a.shard !== b.shard) return a.shard < b.shard ? -1 : 1;
    if (a.sequence !== b.sequence) return BigInt(a.sequence) < BigInt(b.sequence) ? -1 : 1;
    return a.index - b.index;
  });
}
