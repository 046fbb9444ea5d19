import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeGroups } from '#core/block-codec.ts';
import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { Compression } from '#core/compression.ts';
import { type Block, blockKeyText } from '#core/protocol/block.ts';
import { foldBlock, isFolded } from '#core/protocol/fold-block.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { EMPTY_LEDGER, isBalanced } from '#core/protocol/ledger.ts';
import { type Commit, later, nextHead as next } from '#core/protocol/next-head.ts';
import { noCompression, rawDeflate } from '../raw-deflate.ts';
import {
  commitOf,
  deltaOf,
  KEEP_MS,
  lateDeltaOf,
  type Numbers,
  readAll,
  SIZE_MS,
  tableOf,
} from './deltas.ts';

const nextHead = (head: Head, commit: Commit, compression: Compression) =>
  next(head, commit, compression).head;

/** Folds one of the deltas that the head names, as an invocation does. */
function fold(head: Head, blocks: Map<string, Block>, which: number): void {
  const delta = head.pending.filter((each) => each.fold)[which];
  if (delta === undefined) return;
  const text = blockKeyText(delta.key);
  const block = blocks.get(text);
  if (!isFolded(block, head)) blocks.set(text, foldBlock(block, delta, head, rawDeflate).block);
}

function foldAll(head: Head, blocks: Map<string, Block>): void {
  const folds = head.pending.filter((each) => each.fold).length;
  for (let i = 0; i < folds; i++) fold(head, blocks, i);
}

const numbers: fc.Arbitrary<Numbers> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__', ''),
  fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 3 }),
  { noNullPrototype: false },
);
const commitStep = fc.record({
  windows: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 4 }), numbers, fc.boolean()), {
    selector: ([window, , isLate]) => `${window} ${isLate}`,
    maxLength: 4,
  }),
  watermark: fc.option(fc.integer({ min: 0, max: 5 * SIZE_MS })),
  /** Small ones fold nearly everything, great ones nothing but what is over. */
  pendingBytesSoft: fc.constantFrom(0, 200, 400, 24 * 1024),
  /** What happens before the commit: some folds are made and the invocation crashes, once for each list. */
  crashesAfter: fc.array(fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), { maxLength: 2 }),
});

describe('any commits and folds, with crashes between,', () => {
  test('show every reader exactly what was committed, at any moment', () => {
    fc.assert(
      fc.property(fc.array(commitStep, { minLength: 1, maxLength: 12 }), (steps) => {
        const naive = new Map<string, [number, number]>();
        const blocks = new Map<string, Block>();
        let head: Head = EMPTY_HEAD;
        for (const { windows, watermark, pendingBytesSoft, crashesAfter } of steps) {
          for (const folds of crashesAfter) {
            for (const which of folds) fold(head, blocks, which);
            expect(readAll(head, blocks)).toEqual(naive);
          }
          foldAll(head, blocks);
          expect(readAll(head, blocks)).toEqual(naive);
          const deltas = windows.map(([window, given, isLate]) =>
            (isLate ? lateDeltaOf : deltaOf)(window, tableOf(given)),
          );
          const commit = { deltas, watermark: watermark as EpochMs | null, pendingBytesSoft };
          const before = head;
          head = nextHead(head, commitOf(commit), rawDeflate);
          for (const [window, given] of windows) {
            for (const [group, values] of Object.entries(given)) {
              const [events, total] = naive.get(`${window}|${group}`) ?? [0, 0];
              const sum = values.reduce((a, b) => a + b, 0);
              naive.set(`${window}|${group}`, [events + values.length, total + sum]);
            }
          }
          expect(readAll(head, blocks)).toEqual(naive);
          expect(head.rev).toBe(before.rev + 1);
          expect(head.n).toBe(before.n + (deltas.length > 0 ? 1 : 0));
          // An invocation that was left behind folds what its own head says, and must not do harm.
          foldAll(before, blocks);
          expect(readAll(head, blocks)).toEqual(naive);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('a commit', () => {
  const one = deltaOf(0, tableOf({ a: [1] }));

  test('leaves out what was to be folded, keeps the rest, and adds its own', () => {
    const first = nextHead(
      EMPTY_HEAD,
      commitOf({ deltas: [one, deltaOf(5, tableOf({ a: [1] }))], watermark: 2500 as EpochMs }),
      rawDeflate,
    );
    expect(first.pending.map(({ key, fold: folds }) => [key.windowStart, folds])).toEqual([
      [0, true],
      [5000, false],
    ]);
    const second = nextHead(
      first,
      commitOf({ deltas: [deltaOf(5, tableOf({ a: [2], b: [3] }))] }),
      rawDeflate,
    );
    expect(second.pending.map(({ key }) => key.windowStart)).toEqual([5000]);
    const [delta] = second.pending;
    const table = decodeGroups(delta?.bytes ?? new Uint8Array(), rawDeflate);
    expect([...table.keys()].map((key) => [key, ...table.values(table.row(key))])).toEqual([
      ['a', 2, 3],
      ['b', 1, 3],
    ]);
  });

  test('that adds nothing leaves n as it is: no block may take the head for a new one', () => {
    const first = nextHead(EMPTY_HEAD, commitOf({ deltas: [one] }), rawDeflate);
    const second = nextHead(first, commitOf({ pendingBytesSoft: 0 }), rawDeflate);
    expect([first.n, second.n, second.rev]).toEqual([1, 1, 2]);
    expect(second.pending.map(({ fold: folds }) => folds)).toEqual([true]);
  });

  test('adds up the ledger, takes over position and suspicion, and never takes the watermark back', () => {
    const ledger = { ...EMPTY_LEDGER, received: 3, aggregated: 2, invalid: 1 };
    const position = { sequence: '77' as SequenceNumber, events: 5 };
    const suspect = { sequence: '78' as SequenceNumber, event: 1, attempts: 2 };
    const crashes = { since: 5 as EpochMs, count: 1 };
    const first = nextHead(
      EMPTY_HEAD,
      commitOf({ ledger, position, suspect, crashes, watermark: 50 as EpochMs }),
      rawDeflate,
    );
    expect(first).toMatchObject({ ledger, position, suspect, crashes, watermark: 50 });
    const second = nextHead(first, commitOf({ ledger, watermark: 20 as EpochMs }), rawDeflate);
    expect(second).toMatchObject({
      ledger: { received: 6, aggregated: 4, invalid: 2 },
      suspect: null,
      crashes: null,
      watermark: 50,
    });
    expect(isBalanced(second.ledger)).toBe(true);
    expect(nextHead(second, commitOf(), rawDeflate).watermark).toBe(50);
  });

  test('knows the latest end of a window that it has added to on time, and the newest event', () => {
    const first = nextHead(
      EMPTY_HEAD,
      commitOf({
        deltas: [deltaOf(3, tableOf({ a: [1] })), one, lateDeltaOf(9, tableOf({ a: [1] }))],
        newest: { time: 700 as EpochMs, arrival: 900 as EpochMs },
      }),
      rawDeflate,
    );
    expect(first).toMatchObject({ lastEnd: 4 * SIZE_MS, newest: { time: 700, arrival: 900 } });
    const older = { deltas: [one], newest: { time: 600 as EpochMs, arrival: 950 as EpochMs } };
    const second = nextHead(first, commitOf(older), rawDeflate);
    expect(second).toMatchObject({ lastEnd: 4 * SIZE_MS, newest: { time: 700, arrival: 900 } });
    const third = nextHead(
      second,
      commitOf({ newest: { time: 701 as EpochMs, arrival: 701 as EpochMs } }),
      rawDeflate,
    );
    expect(third).toMatchObject({ lastEnd: 4 * SIZE_MS, newest: { time: 701, arrival: 701 } });
    expect(nextHead(EMPTY_HEAD, commitOf({ deltas: [lateDeltaOf(9, one.table)] }), rawDeflate)).toMatchObject(
      {
        lastEnd: null,
        newest: null,
      },
    );
  });

  test('keeps late and on-time deltas of one window apart, in the head and when they are folded', () => {
    const late = lateDeltaOf(0, tableOf({ a: [10] }));
    const head = nextHead(EMPTY_HEAD, commitOf({ deltas: [one, late], pendingBytesSoft: 0 }), rawDeflate);
    expect(head.pending.map(({ key, keepMs }) => [key.late ?? false, keepMs])).toEqual([
      [false, KEEP_MS],
      [true, KEEP_MS],
    ]);
    const blocks = new Map<string, Block>();
    foldAll(head, blocks);
    const values = [...blocks.values()].map(({ key, bytes }) => [
      key.late ?? false,
      decodeGroups(bytes, rawDeflate).values(0),
    ]);
    expect(values).toEqual([
      [false, [1, 1]],
      [true, [1, 10]],
    ]);
  });

  test('carries on that a shard has ended', () => {
    expect(nextHead({ ...EMPTY_HEAD, ended: true }, commitOf(), rawDeflate).ended).toBe(true);
    expect(nextHead(EMPTY_HEAD, commitOf(), rawDeflate).ended).toBe(false);
  });

  test('of as many events as doubles count is still exact', () => {
    const most = { ...EMPTY_LEDGER, received: 2 ** 53 - 2, aggregated: 2 ** 53 - 2 };
    const head = nextHead(EMPTY_HEAD, commitOf({ ledger: most }), rawDeflate);
    const next = nextHead(
      head,
      commitOf({ ledger: { ...EMPTY_LEDGER, received: 1, invalid: 1 } }),
      rawDeflate,
    );
    expect(next.ledger.received).toBe(2 ** 53 - 1);
  });

  test('remembers how large the blocks were that were folded last, of every aggregate', () => {
    const sizes = (entries: [string, number][]) => commitOf({ foldedBytes: new Map(entries) });
    const first = nextHead(EMPTY_HEAD, sizes([['a', 5000]]), rawDeflate);
    const second = nextHead(first, sizes([['b', 70]]), rawDeflate);
    expect([...second.blockBytes]).toEqual([
      ['a', 5000],
      ['b', 70],
    ]);
    expect(nextHead(second, sizes([['a', 6000]]), rawDeflate).blockBytes.get('a')).toBe(6000);
    expect(first.blockBytes.size).toBe(1);
  });

  test('counts what carrying a delta has cost, from the second commit on', () => {
    const head = nextHead(EMPTY_HEAD, commitOf({ deltas: [one] }), noCompression);
    expect(head.pending[0]?.carriedBytes).toBe(0);
    const carried = (each: Head) => each.pending[0]?.carriedBytes ?? Number.NaN;
    const second = nextHead(head, commitOf(), noCompression);
    const size = carried(second);
    expect(size).toBeGreaterThan(head.pending[0]?.bytes.length ?? Number.NaN);
    expect(carried(nextHead(second, commitOf(), noCompression))).toBe(2 * size);
  });

  test('keeps the cap on groups in what is pending, and all totals', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`g${i}`, [i]]));
    let head: Head = EMPTY_HEAD;
    const overflows: number[] = [];
    for (let i = 0; i < 3; i++) {
      const made = next(head, commitOf({ deltas: [deltaOf(0, tableOf(many), 5)] }), rawDeflate);
      overflows.push(made.overflowed);
      head = made.head;
    }
    expect(overflows).toEqual([15, 15, 15]);
    const [delta] = head.pending;
    const table = decodeGroups(delta?.bytes ?? new Uint8Array(), rawDeflate);
    expect(table.size).toBe(6);
    const totals = [...table.keys()].map((key) => table.values(table.row(key)).map(Number));
    expect(totals.reduce((sum, [events = 0]) => sum + events, 0)).toBe(60);
    expect(totals.reduce((sum, [, total = 0]) => sum + total, 0)).toBe(3 * 190);
  });
});

test('later is the greater of two times, or the one that there is', () => {
  expect(later(null, null)).toBeNull();
  expect(later(null, -5 as EpochMs)).toBe(-5);
  expect(later(0 as EpochMs, null)).toBe(0);
  expect(later(3 as EpochMs, 4 as EpochMs)).toBe(4);
  expect(later(4 as EpochMs, 3 as EpochMs)).toBe(4);
});
