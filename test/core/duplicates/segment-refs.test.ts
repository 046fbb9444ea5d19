import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_IDS } from '#core/duplicates/id-list.ts';
import {
  inheritSeen,
  inOrder,
  NOTHING_SEEN,
  type SegmentRef,
  seenIdsBytes,
} from '#core/duplicates/seen-ids.ts';
import { decodeSegmentRefs, encodeSegmentRefs } from '#core/duplicates/segment-refs.ts';
import { missedIn } from '../missed.ts';

const ref = fc
  .record({ name: fc.string(), from: fc.nat(), length: fc.nat(600), ids: fc.nat(47_000) })
  .map(({ name, from, length, ids }): SegmentRef => ({ name, from, to: from + length, ids }));

test('names of segments read back as they were written', () => {
  fc.assert(
    fc.property(fc.array(ref), (refs) => {
      expect(decodeSegmentRefs(encodeSegmentRefs(refs))).toEqual(refs);
    }),
  );
});

test('they are stored in these bytes for good', () => {
  const refs = [
    { name: 'ab', from: 100, to: 130, ids: 300 },
    { name: 'c', from: 131, to: 131, ids: 1 },
  ];
  const stored = Uint8Array.of(2, 2, 0x61, 0x62, 0x82, 1, 30, 0xac, 2, 1, 0x63, 0x83, 1, 0, 1);
  expect(encodeSegmentRefs(refs)).toEqual(stored);
  expect(decodeSegmentRefs(stored)).toEqual(refs);
});

test('of bytes that are cut it is said what is missing', () => {
  const bytes = encodeSegmentRefs([{ name: 'n'.repeat(9), from: 100, to: 130, ids: 300 }]);
  expect(missedIn(bytes, decodeSegmentRefs)).toEqual([
    ...['the number of segments', "a segment's name", "a segment's last second", "a segment's length"],
    "a segment's ids",
  ]);
  expect(() => decodeSegmentRefs(Uint8Array.of(...bytes, 0))).toThrow('expected the end of the segments');
});

test('segments are in the order of their last seconds, then of their first, then of their names', () => {
  const at = (name: string, from: number, to: number): SegmentRef => ({ name, from, to, ids: 1 });
  const ordered = [at('z', 1, 5), at('y', 2, 5), at('m', 3, 5), at('n', 3, 5), at('o', 3, 5), at('a', 0, 6)];
  for (const shuffled of [
    ordered.toReversed(),
    [3, 5, 0, 4, 2, 1].map((i) => ordered[i] as SegmentRef),
    ordered,
  ])
    expect(inOrder(shuffled)).toEqual(ordered);
});

test('a shard inherits what its parents forgot and how far they came, and each segment once', () => {
  const shared = { name: 's', from: 1, to: 2, ids: 3 };
  const seen = (arrived: number, forgotten: number, ...more: SegmentRef[]) => ({
    ...{ arrived, forgotten, recent: NO_IDS, segments: [shared, ...more] },
  });
  const later = { name: 't', from: 5, to: 9, ids: 3 };
  const earlier = { name: 'u', from: 1, to: 1, ids: 3 };
  expect(inheritSeen([seen(50, 7, later), seen(60, 4, earlier)])).toEqual({
    ...{ arrived: 60, forgotten: 7, recent: NO_IDS, segments: [earlier, shared, later] },
  });
  expect(inheritSeen([])).toEqual(NOTHING_SEEN);
});

test('what is seen takes its bytes in a head, and some for each segment', () => {
  expect(seenIdsBytes(null)).toBe(0);
  const bytes = seenIdsBytes(NOTHING_SEEN);
  expect(bytes).toBeGreaterThan(NO_IDS.length);
  const refs = Array.from({ length: 10 }, (_, i) => ({ name: `${i}`.repeat(20), from: i, to: i, ids: 1 }));
  const more = seenIdsBytes({ ...NOTHING_SEEN, segments: refs }) - bytes;
  expect(more).toBeGreaterThanOrEqual(encodeSegmentRefs(refs).length);
  expect(more).toBeLessThanOrEqual(1.5 * encodeSegmentRefs(refs).length);
  expect(seenIdsBytes({ ...NOTHING_SEEN, recent: new Uint8Array(500) }) - bytes).toBe(500 - NO_IDS.length);
});
