import { describe, expect, test } from 'vitest';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { decideFolds } from '#core/protocol/fold-policy.ts';
import { type PendingDelta, pendingBytes } from '#core/protocol/head.ts';

function pendingDelta(change: Partial<PendingDelta> = {}): PendingDelta {
  return {
    key: { aggregate: 'a', generation: 'g', windowStart: 0 as WindowStart },
    windowEnd: 1000 as EpochMs,
    groupsMax: 10,
    keepMs: null,
    bytes: new Uint8Array(100),
    carriedBytes: 0,
    fold: false,
    ...change,
  };
}

const folds = (
  pending: readonly PendingDelta[],
  { watermark = null as number | null, blockBytes = {}, soft = 24 * 1024 } = {},
) =>
  decideFolds(pending, watermark as EpochMs | null, new Map(Object.entries(blockBytes)), soft).map(
    ({ fold }) => fold,
  );

describe('folded next is', () => {
  test('what belongs to a window that is over, from its last instant on', () => {
    const pending = [pendingDelta(), pendingDelta({ windowEnd: 2000 as EpochMs })];
    expect(folds(pending)).toEqual([false, false]);
    expect(folds(pending, { watermark: 999 })).toEqual([false, false]);
    expect(folds(pending, { watermark: 1000 })).toEqual([true, false]);
    expect(folds(pending, { watermark: 2000 })).toEqual([true, true]);
  });

  test('not what came late for a window just because that is over: more may come, and it folds by its cost', () => {
    const { key } = pendingDelta();
    const late = pendingDelta({ key: { ...key, late: true } });
    expect(folds([late, pendingDelta()], { watermark: 5000 })).toEqual([false, true]);
    expect(folds([{ ...late, carriedBytes: 2048 }], { watermark: 5000 })).toEqual([true]);
    expect(folds([late, pendingDelta()], { watermark: 5000, soft: 0 })).toEqual([true, true]);
  });

  test('nothing for being over while no watermark is known, not even before 1970', () => {
    expect(folds([pendingDelta({ windowEnd: -1000 as EpochMs })])).toEqual([false]);
    expect(folds([pendingDelta({ windowEnd: -1000 as EpochMs })], { watermark: -1000 })).toEqual([true]);
  });

  test('everything, when together it takes too much', () => {
    const pending = [pendingDelta(), pendingDelta(), pendingDelta()];
    expect(folds(pending, { soft: pendingBytes(pending) })).toEqual([false, false, false]);
    expect(folds(pending, { soft: pendingBytes(pending) - 1 })).toEqual([true, true, true]);
  });

  test('what has cost as much to carry as folding costs: the block in whole units, and one to read it', () => {
    const carried = (carriedBytes: number) => [pendingDelta({ carriedBytes })];
    // Nothing is known of the block: taken for one unit.
    expect(folds(carried(2047))).toEqual([false]);
    expect(folds(carried(2048))).toEqual([true]);
    expect(folds(carried(2048), { blockBytes: { a: 1025 } })).toEqual([false]);
    expect(folds(carried(3072), { blockBytes: { a: 1025 } })).toEqual([true]);
    expect(folds(carried(3072), { blockBytes: { b: 1025 } })).toEqual([true]);
    // A delta that is larger than the block was makes the block larger.
    const large = [pendingDelta({ bytes: new Uint8Array(4096), carriedBytes: 5119 })];
    expect(folds(large, { blockBytes: { a: 10 } })).toEqual([false]);
    expect(folds([pendingDelta({ ...large[0], carriedBytes: 5120 })], { blockBytes: { a: 10 } })).toEqual([
      true,
    ]);
  });

  test('not what an earlier decision named, unless it still holds', () => {
    expect(folds([pendingDelta({ fold: true })])).toEqual([false]);
  });
});

test('what is pending takes its bytes, its key, and some that surround them', () => {
  const key = { aggregate: 'abc', generation: 'defgh', windowStart: 0 as WindowStart };
  expect(pendingBytes([])).toBe(0);
  expect(pendingBytes([pendingDelta({ key })])).toBe(100 + 3 + 5 + 48);
  expect(pendingBytes([pendingDelta({ key }), pendingDelta({ bytes: new Uint8Array(7) })])).toBe(
    100 + 3 + 5 + 48 + (7 + 1 + 1 + 48),
  );
});
