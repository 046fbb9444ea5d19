import { describe, expect, test } from 'vitest';
import type { EpochMs } from '#core/brand.ts';
import { type Level, type Load, NO_LOAD, nextLoad } from '#core/degradation/ladder.ts';

/*
 * Where each rule of the ladder begins and ends, to the millisecond; ladder.test.ts has what comes of them over time.
 */

const CAPACITY = { eventsPerSecond: 100 };
const LEVELS: readonly Level[] = [0, 1, 2];
const NOW = 1_700_000_000_000;
const ago = (ms: number) => (NOW - ms) as EpochMs;

/** The load after a commit of ten events, the last of which arrived so long ago. */
function after(load: Partial<Load>, lagMs: number): Load {
  const seen = {
    now: ago(0),
    firstArrival: ago(lagMs + 900),
    lastArrival: ago(lagMs),
    events: 10,
    bytes: 700,
  };
  return nextLoad({ ...NO_LOAD, ...load }, seen, CAPACITY, LEVELS);
}

describe('a high lag', () => {
  const high: Partial<Load> = {
    level: 1,
    seen: { at: ago(1000), lagMs: 20_000 },
    high: { since: ago(60_000), lagMs: 20_000 },
  };
  const anew = (lagMs: number) => ({ level: 1, high: { since: NOW, lagMs } });

  test('takes a level more after a minute, and begins anew with it', () => {
    expect(after(high, 20_000)).toMatchObject({ level: 2, high: { since: NOW, lagMs: 20_000 } });
    const shorter = { since: ago(59_999), lagMs: 20_000 };
    expect(after({ ...high, high: shorter }, 20_000)).toMatchObject({ level: 1, high: shorter });
  });

  test('takes no more where there is no level above', () => {
    expect(after({ ...high, level: 2 }, 20_000)).toMatchObject({ level: 2, high: high.high });
  });

  test('begins anew where it has shrunk to less than nine tenths', () => {
    expect(after(high, 18_000).level).toBe(2);
    expect(after(high, 17_999)).toMatchObject(anew(17_999));
  });

  test('begins anew after five minutes without a commit, and where there was none', () => {
    expect(after({ ...high, seen: { at: ago(300_000), lagMs: 1 } }, 20_000).level).toBe(2);
    expect(after({ ...high, seen: { at: ago(300_001), lagMs: 1 } }, 20_000)).toMatchObject(anew(20_000));
    expect(after({ ...high, seen: null }, 20_000)).toMatchObject(anew(20_000));
    expect(after({ ...high, high: null }, 20_000)).toMatchObject(anew(20_000));
  });

  test('begins anew where the clock was set back', () => {
    expect(after({ ...high, high: { since: ago(-1), lagMs: 20_000 } }, 20_000)).toMatchObject(anew(20_000));
    const now = { since: ago(0), lagMs: 19_000 };
    expect(after({ ...high, high: now }, 20_000)).toMatchObject({ level: 1, high: now });
  });

  test('is one of more than ten seconds', () => {
    expect(after(high, 10_000)).toMatchObject({ level: 1, high: null });
    expect(after(high, 10_001)).toMatchObject(anew(10_001));
  });

  test('ends what was calm', () => {
    expect(after({ ...high, calmSince: ago(90_000) }, 20_000).calmSince).toBeNull();
  });
});

describe('without lag', () => {
  const calm: Partial<Load> = { level: 1, unitsPerSecond: 80, calmSince: ago(180_000) };

  test('a level is taken back after three minutes, and calm begins anew with it', () => {
    expect(after(calm, 0)).toMatchObject({ level: 0, calmSince: NOW });
    expect(after({ ...calm, level: 2 }, 0)).toMatchObject({ level: 1, calmSince: NOW });
    const shorter = ago(179_999);
    expect(after({ ...calm, calmSince: shorter }, 0)).toMatchObject({ level: 1, calmSince: shorter });
  });

  test('calm begins with the first commit that has none, and anew where the clock was set back', () => {
    expect(after({ ...calm, calmSince: null }, 0)).toMatchObject({ level: 1, calmSince: NOW });
    expect(after({ ...calm, calmSince: ago(-1) }, 0)).toMatchObject({ level: 1, calmSince: NOW });
  });

  test('it is not calm while more comes than four fifths of the capacity, or nobody knows how much', () => {
    expect(after({ ...calm, unitsPerSecond: 80.5 }, 0)).toMatchObject({ level: 1, calmSince: null });
    expect(after({ ...calm, unitsPerSecond: null }, 0)).toMatchObject({ level: 1, calmSince: null });
  });

  test('there is nothing to be calm about at level 0', () => {
    expect(after({ ...calm, level: 0 }, 0)).toMatchObject({ level: 0, calmSince: null });
  });

  test('what arrives ahead of the clock has no lag', () => {
    expect(after(NO_LOAD, -5000).seen).toEqual({ at: NOW, lagMs: 0 });
    expect(after(NO_LOAD, 5000).seen).toEqual({ at: NOW, lagMs: 5000 });
  });
});

describe('what comes is measured', () => {
  test('from the first arrival on, over a minute of arrivals', () => {
    expect(after({}, 0)).toMatchObject({ measuring: { from: ago(900), units: 10 }, unitsPerSecond: null });
    const open = { measuring: { from: ago(59_999), units: 500 }, unitsPerSecond: 7 };
    expect(after(open, 0)).toMatchObject({ measuring: { from: ago(59_999), units: 510 }, unitsPerSecond: 7 });
    const full = { measuring: { from: ago(60_000), units: 500 }, unitsPerSecond: 7 };
    expect(after(full, 0)).toMatchObject({ measuring: { from: NOW, units: 0 }, unitsPerSecond: 510 / 60 });
  });

  test('and goes into the decision at once', () => {
    const calm: Partial<Load> = { level: 1, unitsPerSecond: 0, calmSince: ago(180_000) };
    const busy = { from: ago(60_000), units: 60 * 100 };
    expect(after({ ...calm, measuring: busy }, 0)).toMatchObject({ level: 1, calmSince: null });
  });
});
