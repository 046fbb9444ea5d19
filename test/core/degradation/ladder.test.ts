import { describe, expect, test } from 'vitest';
import type { EpochMs } from '#core/brand.ts';
import { type Level, type Load, NO_LOAD, nextLoad } from '#core/degradation/ladder.ts';

const CAPACITY = { eventsPerSecond: 100 };
const LEVELS: readonly Level[] = [0, 1, 2];
const SECOND = 1000;

/** Commits, one every `everyMs`, of what came in that time, at a given lag. */
class Commits {
  load: Load = NO_LOAD;
  now = 1_000_000_000;
  readonly levels: Level[];

  constructor(levels: Level[] = [0, 1, 2]) {
    this.levels = levels;
  }

  /** Of `perSecond` events a second, for `seconds`; `lagMs` at each second since then. Returns the levels that it saw. */
  go(seconds: number, perSecond: number, lagMs: (second: number) => number): Level[] {
    const seen: Level[] = [];
    for (let second = 0; second < seconds; second++) {
      const lastArrival = (this.now - lagMs(second)) as EpochMs;
      const about = {
        now: this.now as EpochMs,
        firstArrival: (lastArrival - 900) as EpochMs,
        lastArrival,
        events: perSecond,
        bytes: 10 * perSecond,
      };
      this.load = nextLoad(this.load, about, CAPACITY, this.levels);
      seen.push(this.load.level);
      this.now += SECOND;
    }
    return seen;
  }
}

const firstAt = (levels: readonly Level[], level: Level) => levels.indexOf(level);

describe('the level', () => {
  test('rises where the lag is high and grows, a level a minute, as far as the definition goes', () => {
    const commits = new Commits();
    const levels = commits.go(300, 300, (second) => second * SECOND);
    // The lag is over 10 s from the 11th second on.
    expect(firstAt(levels, 1)).toBe(11 + 60);
    expect(firstAt(levels, 2)).toBe(11 + 120);
    expect(levels.at(-1)).toBe(2);

    const without = new Commits([0, 2]).go(300, 300, (second) => second * SECOND);
    expect(firstAt(without, 2)).toBe(11 + 60);
    expect(without).not.toContain(1);
    expect(new Commits([0]).go(300, 300, (second) => second * SECOND)).not.toContain(1);
  });

  test('rises where the lag is high and stays', () => {
    expect(
      firstAt(
        new Commits().go(100, 300, () => 11 * SECOND),
        1,
      ),
    ).toBe(60);
  });

  test('stays where the lag is high and shrinks: what is left out would have to be read again', () => {
    const commits = new Commits();
    const shrinking = commits.go(600, 300, (second) => 3_600_000 * 0.997 ** second);
    expect(new Set(shrinking)).toEqual(new Set([0]));
  });

  test('stays after a standstill, however large the lag is', () => {
    const commits = new Commits();
    // High for half a minute, and then nothing for an hour.
    commits.go(30, 300, () => 12 * SECOND);
    commits.now += 3_600_000;
    expect(commits.go(1, 300, () => 3_600_000)).toEqual([0]);
    expect(commits.go(59, 300, () => 3_600_000).at(-1)).toBe(0);
    expect(commits.go(2, 300, () => 3_600_000).at(-1)).toBe(1);
  });

  test('stays where the lag is not high, whatever comes', () => {
    expect(new Set(new Commits().go(600, 1000, () => 10 * SECOND))).toEqual(new Set([0]));
  });

  test('falls a level after three minutes without lag, once no more comes than four fifths of the capacity', () => {
    const commits = new Commits();
    commits.go(140, 300, (second) => second * SECOND);
    expect(commits.load.level).toBe(2);
    // Without lag, since much is left out: as long as the load lasts, it would be back at once.
    expect(new Set(commits.go(3600, 300, () => SECOND))).toEqual(new Set([2]));
    const levels = commits.go(600, 80, () => SECOND);
    // What comes is measured a minute at a time; the one that is open has some of the load in it.
    expect(firstAt(levels, 1)).toBeGreaterThanOrEqual(180);
    expect(firstAt(levels, 1)).toBeLessThanOrEqual(180 + 121);
    expect(firstAt(levels, 0) - firstAt(levels, 1)).toBe(180);
  });

  test('does not fall while more comes than four fifths of the capacity', () => {
    const commits = new Commits();
    commits.go(140, 300, (second) => second * SECOND);
    expect(new Set(commits.go(1200, 81, () => SECOND))).toEqual(new Set([2]));
  });

  test('does not fall where there is lag now and then', () => {
    const commits = new Commits();
    commits.go(140, 300, (second) => second * SECOND);
    expect(new Set(commits.go(1200, 50, (second) => (second % 170 === 0 ? 11 : 1) * SECOND))).toEqual(
      new Set([2]),
    );
  });

  test('goes by bytes where the capacity does', () => {
    let load = NO_LOAD;
    const about = { firstArrival: 0 as EpochMs, events: 1, bytes: 6_000_000 };
    load = nextLoad(
      load,
      { ...about, now: 60_000 as EpochMs, lastArrival: 60_000 as EpochMs },
      { bytesPerSecond: 1 },
      LEVELS,
    );
    expect(load.unitsPerSecond).toBe(100_000);
  });

  test('bears a clock that is set back', () => {
    const commits = new Commits();
    commits.go(30, 300, () => 12 * SECOND);
    commits.now -= 3_600_000;
    expect(commits.go(59, 300, () => 12 * SECOND).at(-1)).toBe(0);
    expect(commits.go(2, 300, () => 12 * SECOND).at(-1)).toBe(1);
  });
});
