import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepReal } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClockFile, openClockFile } from './clock-file.ts';
import { StreamClock } from './stream-clock.ts';
import { StreamTimers } from './stream-timers.ts';

const HOUR_MS = 3_600_000;
const PACE = { startMs: 1_000_000, idleSpeed: 1e9, busySpeed: 1000, patienceMs: 20 } as const;

function running(pace: Partial<ConstructorParameters<typeof StreamClock>[0]> = {}): StreamClock {
  const clock = new StreamClock({ ...PACE, ...pace });
  const passing = clock.run();
  onTestFinished(async () => {
    clock.stop();
    await passing;
  });
  return clock;
}

describe('the clock of a run', () => {
  test('jumps to what is due, in order, and tells exactly that time', async () => {
    const clock = running();
    const seen: string[] = [];
    clock.setTimer(() => seen.push(`b ${clock.nowMs()}`), 2 * HOUR_MS);
    clock.setTimer(() => seen.push(`a ${clock.nowMs()}`), HOUR_MS);
    clock.setTimer(() => seen.push('never'), HOUR_MS)();
    clock.setTimer(() => seen.push('c, after b'), 2 * HOUR_MS);
    await clock.until(PACE.startMs + 3 * HOUR_MS);
    expect(seen).toEqual([`a ${1_000_000 + HOUR_MS}`, `b ${1_000_000 + 2 * HOUR_MS}`, 'c, after b']);
    expect(clock.nowMs()).toBe(1_000_000 + 3 * HOUR_MS);
  });

  test('stands still while somebody looks, and goes on then', async () => {
    const clock = running();
    let isDue = false;
    clock.setTimer(() => {
      isDue = true;
    }, HOUR_MS);
    const begun = clock.nowMs();
    await clock.frozen(async () => {
      await sleepReal(50);
      expect([clock.nowMs(), isDue]).toEqual([begun, false]);
    });
    await clock.until(begun + HOUR_MS);
    expect(isDue).toBe(true);
  });

  test('waits for work, and goes with real time meanwhile', async () => {
    const clock = running({ patienceMs: HOUR_MS });
    let isDue = false;
    clock.setTimer(() => {
      isDue = true;
    }, HOUR_MS);
    await clock.during(async () => {
      await sleepReal(30);
      expect(isDue).toBe(false);
    });
    await clock.until(PACE.startMs + HOUR_MS);
    expect(isDue).toBe(true);
  });

  test('passes faster while work waits for time to pass', async () => {
    const clock = running();
    await clock.during(() => clock.until(PACE.startMs + 30_000));
    expect(clock.nowMs()).toBe(PACE.startMs + 30_000);
  });

  test('never goes back, and is told to others as it goes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = new ClockFile(join(folder, 'clock'));
    const times: number[] = [];
    const clock = new StreamClock(PACE, (nowMs) => {
      times.push(nowMs);
      file.write({ nowMs, skewMs: 5 });
    });
    const read = openClockFile(join(folder, 'clock'));
    expect(read()).toEqual({ nowMs: PACE.startMs, skewMs: 5 });
    const passing = clock.run();
    for (let hour = 1; hour <= 5; hour++) {
      await clock.until(PACE.startMs + hour * HOUR_MS);
      expect(read().nowMs).toBe(clock.nowMs());
    }
    clock.stop();
    await passing;
    file.close();
    expect(times.every((time, i) => time > (times[i - 1] ?? 0))).toBe(true);
  });
});

describe('timers of another process', () => {
  test('go by a clock that others move', async () => {
    let nowMs = 0;
    const timers = new StreamTimers(() => nowMs);
    const seen: unknown[] = [];
    timers.set((value) => seen.push(value), 1000, 'late');
    timers.set((value) => seen.push(value), 500, 'early');
    const stopped = timers.set(() => seen.push('stopped'), 10);
    timers.stop(stopped);
    const ticking = timers.repeat(() => seen.push('tick'), 600);
    await sleepReal(40);
    expect(seen).toEqual([]);
    nowMs = 1000;
    await sleepReal(40);
    expect(seen).toEqual(['early', 'tick', 'late']);
    nowMs = 1600;
    await sleepReal(40);
    expect(seen).toEqual(['early', 'tick', 'late', 'tick']);
    ticking.close();
    nowMs = 1e6;
    await sleepReal(40);
    expect(seen).toHaveLength(4);
  });
});
