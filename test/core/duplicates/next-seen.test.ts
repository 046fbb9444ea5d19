import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EpochMs } from '#core/brand.ts';
import { ChunkIds } from '#core/duplicates/chunk-ids.ts';
import { IdList } from '#core/duplicates/id-list.ts';
import { IdTable } from '#core/duplicates/id-table.ts';
import { liveSegments, segmentsToMerge } from '#core/duplicates/next-seen.ts';
import { ID_LIMITS, inheritSeen, NOTHING_SEEN, type SegmentRef } from '#core/duplicates/seen-ids.ts';
import { Shard } from './shard.ts';

const ref = (name: string, to: number, ids: number, from = to): SegmentRef => ({ name, from, to, ids });

const limits = fc.record({
  inHeadMax: fc.nat(4),
  inSegmentMax: fc.integer({ min: 1, max: 12 }),
  segmentsSoft: fc.nat(4),
  segmentsMax: fc.constant(1000),
  idsMax: fc.constant(1_000_000),
});
const events = fc.array(
  fc.record({
    id: fc.constantFrom(...'abcdefghijklmnop'.split('')),
    wait: fc.integer({ min: -3, max: 9 }),
  }),
  // As long as that, and not ten at most: there are segments to merge only after a while.
  { maxLength: 80, size: 'max' },
);

/** The rule in the plainest way. */
function naive(all: readonly { id: string; second: number }[], within: number): boolean[] {
  const firsts = new Map<string, number>();
  let clock = 0;
  return all.map(({ id, second }) => {
    clock = Math.max(clock, second);
    const first = firsts.get(id);
    if (first !== undefined && clock - first <= within) return true;
    firsts.set(id, clock);
    return false;
  });
}

function timed(all: readonly { id: string; wait: number }[]): { id: string; second: number }[] {
  let second = 1000;
  return all.map(({ id, wait }) => {
    second += wait;
    return { id, second };
  });
}

describe('what a head names', () => {
  test('tells the duplicates, however the events are cut into commits, whatever is merged', () => {
    let merges = 0;
    fc.assert(
      fc.property(
        events,
        fc.array(fc.nat(80), { maxLength: 40, size: 'max' }),
        fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(300)),
        limits,
        (all, cuts, within, l) => {
          const arrivals = timed(all);
          const shard = new Shard(within, l);
          const told: boolean[] = [];
          let start = 0;
          for (const end of [...new Set([...cuts, arrivals.length])].sort((a, b) => a - b)) {
            told.push(...shard.commit(arrivals.slice(start, end)));
            start = end;
            expect(IdList.decode(shard.seen.recent).size).toBeLessThanOrEqual(l.inHeadMax);
            for (const each of shard.seen.segments) {
              const list = shard.list(each);
              expect(each).toMatchObject({ from: list.from, to: list.to, ids: list.size });
              expect(list.size).toBeLessThanOrEqual(l.inSegmentMax);
              expect(list.size).toBeGreaterThan(0);
            }
          }
          expect(told).toEqual(naive(arrivals, within));
          expect(shard.forgotten).toBe(0);
          merges += shard.merges;
        },
      ),
    );
    // Else this would show less than it says.
    expect(merges).toBeGreaterThan(5);
  });

  test('is what a child begins with, after a split and a merge', () => {
    fc.assert(
      fc.property(events, events, fc.integer({ min: 1, max: 60 }), limits, (before, after, within, l) => {
        const early = timed(before);
        const parent = new Shard(within, l);
        parent.commit(early);
        const children = [0, 1].map(() => new Shard(within, l, inheritSeen([parent.seen]), parent.segments));
        const merged = new Shard(
          within,
          l,
          inheritSeen(children.map((child) => child.seen)),
          parent.segments,
        );
        const late = timed(after);
        const truth = naive([...early, ...late], within).slice(early.length);
        for (const child of [...children, merged]) expect(child.commit(late)).toEqual(truth);
      }),
    );
  });

  test('lets go of segments that are past the horizon, and not before', () => {
    const shard = new Shard(60, { ...ID_LIMITS, inHeadMax: 0 });
    shard.commit([{ id: 'a', second: 100 }]);
    shard.commit([{ id: 'b', second: 160 }]);
    expect(shard.seen.segments.map(({ to }) => to)).toEqual([100, 160]);
    expect(shard.commit([{ id: 'a', second: 160 }])).toEqual([true]);
    expect(shard.commit([{ id: 'a', second: 161 }])).toEqual([false]);
    expect(shard.seen.segments.map(({ to }) => to)).toEqual([160, 161]);
  });

  test('forgets the oldest where there are too many, says how many, and looks for none of their time', () => {
    const shard = new Shard(60, { ...ID_LIMITS, inHeadMax: 0, segmentsMax: 2, segmentsSoft: 5 });
    for (const [i, id] of 'abcd'.split('').entries()) shard.commit([{ id, second: 100 + i }]);
    expect(shard.forgotten).toBe(2);
    expect(shard.seen.forgotten).toBe(101);
    expect(shard.commit('dcba'.split('').map((id) => ({ id, second: 103 })))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const few = new Shard(60, { ...ID_LIMITS, inHeadMax: 0, inSegmentMax: 3, idsMax: 7 });
    few.commit('abcdefgh'.split('').map((id, i) => ({ id, second: 100 + i })));
    expect([few.forgotten, few.seen.segments.map(({ ids }) => ids)]).toEqual([3, [3, 2]]);
    const enough = new Shard(60, { ...ID_LIMITS, inHeadMax: 0, inSegmentMax: 3, idsMax: 8 });
    enough.commit('abcdefgh'.split('').map((id, i) => ({ id, second: 100 + i })));
    expect([enough.forgotten, enough.seen.segments.map(({ ids }) => ids)]).toEqual([0, [3, 3, 2]]);
  });

  test('has few segments, each id in one of them, however many commits there are', () => {
    const shard = new Shard(60, { ...ID_LIMITS, inHeadMax: 0, inSegmentMax: 100, segmentsSoft: 4 });
    for (let i = 0; i < 40; i++) {
      shard.commit([{ id: `${i}`, second: 100 }]);
      expect(shard.seen.segments.length).toBeLessThanOrEqual(5);
    }
    expect(shard.seen.segments.reduce((sum, { ids }) => sum + ids, 0)).toBe(40);
    expect(
      new Set(shard.seen.segments.flatMap((each) => [...shard.list(each)].map(({ low }) => low))).size,
    ).toBe(40);
    // As many as the head may have are in it, and no segment.
    const head = new Shard(60, { ...ID_LIMITS, inHeadMax: 3 });
    head.commit('abc'.split('').map((id) => ({ id, second: 100 })));
    expect([head.seen.segments, IdList.decode(head.seen.recent).size]).toEqual([[], 3]);
  });

  test('keeps one segment at least, however many ids it has', () => {
    const shard = new Shard(60, { ...ID_LIMITS, inHeadMax: 0, inSegmentMax: 9, idsMax: 4 });
    shard.commit('abcdef'.split('').map((id) => ({ id, second: 100 })));
    expect([shard.forgotten, shard.seen.segments.map(({ ids }) => ids)]).toEqual([0, [6]]);
    shard.commit([{ id: 'g', second: 101 }]);
    expect([shard.forgotten, shard.seen.forgotten]).toEqual([6, 100]);
  });

  test('does not look for what was forgotten, though a segment or the head still had it', () => {
    const shard = new Shard(60, { ...ID_LIMITS, inHeadMax: 9, segmentsMax: 1 });
    const recent = [
      { id: 'a', second: 100 },
      { id: 'b', second: 105 },
    ];
    shard.commit(recent);
    shard.seen = { ...shard.seen, forgotten: 100 };
    expect(shard.commit([{ id: 'x', second: 106 }])).toEqual([false]);
    // What is left out of the head is at or before the second up to which all is forgotten.
    expect([...IdList.decode(shard.seen.recent)].map(({ second }) => second)).toEqual([105, 106]);
    const at = (name: string, to: number) => ref(name, to, 1);
    const all = { segments: [at('p', 99), at('q', 100), at('r', 101)], forgotten: 100 };
    expect(liveSegments(all, 110, 60).map(({ name }) => name)).toEqual(['r']);
    expect(liveSegments({ ...all, forgotten: 0 }, 160, 60).map(({ name }) => name)).toEqual(['q', 'r']);
  });
});

describe('segments are merged', () => {
  const some = { ...ID_LIMITS, inSegmentMax: 10, segmentsSoft: 8, segmentsMax: 12 };
  const sized = (sizes: readonly number[]) => sizes.map((ids, i) => ref(`s${i}`, i, ids));

  test('where they are many, and then the most of them that fit into one', () => {
    expect(segmentsToMerge(sized([1, 1, 1, 1, 1, 1, 1, 1]), some)).toBeUndefined();
    const found = segmentsToMerge(sized([9, 1, 9, 2, 2, 2, 2, 9, 9]), some);
    expect(found?.map(({ name }) => name)).toEqual(['s3', 's4', 's5', 's6']);
    // Of two such rows, the first; up to as many ids as fit exactly.
    const first = segmentsToMerge(sized([5, 5, 9, 4, 6, 9, 9, 9, 9]), some);
    expect(first?.map(({ name }) => name)).toEqual(['s0', 's1']);
  });

  test('not where they would hardly get fewer, unless there is no room for more', () => {
    const large = { ...some, segmentsSoft: 16, segmentsMax: 20 };
    const pairs = Array.from({ length: 17 }, (_, i) => (i < 2 ? 5 : 9));
    expect(segmentsToMerge(sized(pairs), large)).toBeUndefined();
    expect(segmentsToMerge(sized([...pairs, 9, 9, 9, 9]), large)).toHaveLength(2);
    expect(segmentsToMerge(sized([...pairs, 9, 9, 9]), large)).toBeUndefined();
    const late = Array.from({ length: 17 }, (_, i) => (i > 14 ? 5 : 9));
    expect(segmentsToMerge(sized(late), large)).toBeUndefined();
    expect(segmentsToMerge(sized(Array.from({ length: 30 }, () => 9)), large)).toBeUndefined();
  });
});

test('a record is a duplicate once it was seen whole: what is left of one is not', () => {
  const shard = NOTHING_SEEN;
  const first = new ChunkIds(new IdTable(), shard, 60);
  first.arrive(5000 as EpochMs);
  const within = { id: 'r', isLast: false };
  const last = { id: 'r', isLast: true };
  expect([within, within].map((whole) => first.isOfDuplicateRecord(whole))).toEqual([false, false]);
  expect(first.fresh.size).toBe(0);
  expect(first.isOfDuplicateRecord(last)).toBe(false);
  expect(first.fresh.size).toBe(1);
  expect([within, within, last].map((whole) => first.isOfDuplicateRecord(whole))).toEqual([true, true, true]);
  expect(first.isDuplicateEvent('r')).toBe(false);
});
