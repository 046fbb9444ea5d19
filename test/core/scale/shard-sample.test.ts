import { expect, test } from 'vitest';
import { hashPosition } from '#core/scale/hash-range.ts';
import { measureShard, type SampledRecord } from '#core/scale/shard-sample.ts';

const CAPACITY = { bytesPerSecond: 1_000_000, recordsPerSecond: 1000 };
const at = (place: number) => hashPosition(BigInt(place));
const RANGE = { first: at(0), last: at(1000) };

/** So many records of one key, each of so many bytes. */
function records(place: number | null, count: number, bytes = 100): SampledRecord[] {
  return Array.from({ length: count }, () => ({ position: place === null ? null : at(place), bytes }));
}

function measure(sample: readonly SampledRecord[], spanMs = 10_000, range = RANGE) {
  return measureShard(range, { records: sample, spanMs }, CAPACITY);
}

test('rates are by the second', () => {
  const { bytesPerSecond, recordsPerSecond } = measure(
    [...records(1, 40, 100), ...records(2, 10, 700)],
    5000,
  );
  expect([bytesPerSecond, recordsPerSecond]).toEqual([2200, 10]);
});

test('a shard is cut between the keys that leave a half, a third, two fifths of its load below', () => {
  const { cuts } = measure(Array.from({ length: 10 }, (_, i) => records(100 - 10 * i, 10)).flat());
  expect(cuts).toEqual({
    half: { at: at(55), remains: 0.5 },
    third: { at: at(35), remains: 0.7 },
    twoFifths: { at: at(45), remains: 0.6 },
  });
});

test('a heavy key is left on the side that has less', () => {
  const half = (counts: readonly number[]) =>
    measure(counts.flatMap((count, i) => records(10 * i, count))).cuts?.half;
  expect(half([60, 20, 20])).toEqual({ at: at(5), remains: 0.6 });
  expect(half([20, 20, 60])).toEqual({ at: at(15), remains: 0.6 });
  expect(half([10, 70, 20])).toEqual({ at: at(15), remains: 0.8 });
  // As near from below as from above: the lower one.
  expect(half([25, 50, 25])).toEqual({ at: at(5), remains: 0.75 });
  expect(half([90, 10])).toEqual({ at: at(5), remains: 0.9 });
});

test('what counts is bytes or records, whichever is nearer to the limit', () => {
  // Of equally many records, one key's are large: 30,500 bytes a second are 0.0305, 10 records are 0.01.
  const large = measure([...records(10, 50, 100), ...records(20, 50, 6000)]);
  expect(large.heaviest).toEqual([
    { hash: at(20), share: 6000 / 6100 },
    { hash: at(10), share: 100 / 6100 },
  ]);
  const small = measure([...records(10, 60, 10), ...records(20, 40, 20)]);
  expect(small.heaviest.map(({ share }) => share)).toEqual([0.6, 0.4]);
  // Both the same: by bytes.
  const even = measure([...records(10, 60, 500), ...records(20, 40, 1750)]);
  expect(even.heaviest.map(({ hash }) => hash)).toEqual([at(20), at(10)]);
});

test('of the heaviest keys, three are named', () => {
  const { heaviest } = measure([10, 40, 20, 30].flatMap((count, i) => records(i, count)));
  expect(heaviest).toEqual([
    { hash: at(1), share: 0.4 },
    { hash: at(3), share: 0.3 },
    { hash: at(2), share: 0.2 },
  ]);
});

test('of fewer than 20 records, nothing is said but the rates', () => {
  const middle = { at: at(500), remains: null };
  const few = measure([...records(10, 10), ...records(20, 9)]);
  expect([few.heaviest, few.cuts]).toEqual([[], { half: middle, third: middle, twoFifths: middle }]);
  expect(few.recordsPerSecond).toBe(1.9);
  expect(measure([...records(10, 10), ...records(20, 10)]).cuts?.half).toEqual({ at: at(15), remains: 0.5 });
  expect(measure([]).cuts?.half).toEqual(middle);
});

test('records elsewhere than their key’s hash are not placed; of more than a fifth, nothing is', () => {
  const placed = [...records(10, 40), ...records(20, 40)];
  const fifth = measure([...placed, ...records(null, 10), ...records(1001, 10)]);
  expect(fifth.heaviest.map(({ share }) => share)).toEqual([0.4, 0.4]);
  expect(fifth.cuts?.half).toEqual({ at: at(15), remains: 0.5 });
  const more = measure([...placed, ...records(null, 11), ...records(1001, 10)]);
  expect([more.heaviest, more.cuts?.half]).toEqual([[], { at: at(500), remains: null }]);
});

test('one key has all the load on one side, wherever the cut; one position can not be cut', () => {
  const middle = { at: at(500), remains: 1 };
  expect(measure(records(10, 50)).cuts).toEqual({ half: middle, third: middle, twoFifths: middle });
  expect(measure(records(10, 50), 10_000, { first: at(10), last: at(10) }).cuts).toBeNull();
});
