import { describe, expect, it } from 'vitest';
import { AdaptiveLimit, LIMIT_SETTINGS } from '#adapters/resilience/adaptive-limit.ts';
import { ManualClock, passTime, seededRandom, settle } from '#test/app/produce/fakes.ts';

const THROTTLE = new Error('too many requests');

function newLimit(clock: ManualClock, settings: Partial<typeof LIMIT_SETTINGS> = {}): AdaptiveLimit {
  return new AdaptiveLimit(
    { ...LIMIT_SETTINGS, ...settings },
    {
      now: () => clock.nowMs(),
      sleep: (ms) => clock.sleep(ms),
      random: seededRandom(),
      isThrottle: (error) => error === THROTTLE,
    },
  );
}

/** A table with so many writes a second, each of which takes 10 ms. */
class Table {
  written = 0;
  asked = 0;
  most = 0;
  #underWay = 0;
  #second = -1;
  #left = 0;
  readonly #clock: ManualClock;
  readonly #perSecond: number;

  constructor(clock: ManualClock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  readonly write = async (): Promise<void> => {
    this.asked += 1;
    this.#underWay += 1;
    this.most = Math.max(this.most, this.#underWay);
    await this.#clock.sleep(10);
    this.#underWay -= 1;
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#left = this.#perSecond;
    }
    if (this.#left === 0) throw THROTTLE;
    this.#left -= 1;
    this.written += 1;
  };
}

describe('the pace of calls', () => {
  it('is let up bit by bit while all goes well, to a bound', async () => {
    const clock = new ManualClock();
    const limit = newLimit(clock);
    const table = new Table(clock, 1e9);
    await passTime(clock, Promise.all(Array.from({ length: 2000 }, () => limit.run(table.write))));
    expect(limit.calls).toBe(LIMIT_SETTINGS.callsMax);
    expect(table.most).toBe(LIMIT_SETTINGS.callsMax);
    expect(table.written).toBe(2000);
  });

  it('is halved once by calls that are throttled together, and never to nothing', async () => {
    const clock = new ManualClock();
    const limit = newLimit(clock, { attemptsMax: 1 });
    const throttled = async () => {
      await clock.sleep(10);
      throw THROTTLE;
    };
    const wave = () =>
      passTime(clock, Promise.allSettled(Array.from({ length: 8 }, () => limit.run(throttled))));
    await wave();
    expect(limit.calls).toBe(8);
    for (let i = 0; i < 10; i++) await wave();
    expect(limit.calls).toBe(1);
  });

  it('finds what a table takes: all is written, few are asked in vain', async () => {
    const clock = new ManualClock();
    const limit = newLimit(clock);
    const table = new Table(clock, 50);
    const writes = Array.from({ length: 1000 }, async () => {
      // As a batch does that is handed back, and comes again.
      for (;;)
        if (
          await limit.run(table.write).then(
            () => true,
            () => false,
          )
        )
          return;
    });
    await passTime(clock, Promise.all(writes));
    expect(table.written).toBe(1000);
    // Without waiting, 32 calls of 10 ms are 3,200 attempts a second at 50 writes: 64 for each.
    expect(table.asked / table.written).toBeLessThan(1.5);
  });

  it('keeps the order in which calls came, and passes on what is no throttle at once', async () => {
    const clock = new ManualClock();
    const limit = newLimit(clock, { callsFirst: 1, callsMax: 1 });
    const order: number[] = [];
    const calls = [1, 2, 3].map((n) =>
      limit.run(async () => {
        order.push(n);
        await settle();
        if (n === 2) throw new Error('another');
        return n;
      }),
    );
    const ends = await Promise.allSettled(calls);
    expect(order).toEqual([1, 2, 3]);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(clock.slept).toEqual([]);
  });

  it('gives up a call that is throttled again and again, within seconds', async () => {
    const clock = new ManualClock();
    const limit = newLimit(clock);
    let asked = 0;
    const call = limit.run(async () => {
      asked += 1;
      throw THROTTLE;
    });
    await expect(passTime(clock, call)).rejects.toBe(THROTTLE);
    expect([asked, limit.throttles]).toEqual([5, 5]);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1600);
  });
});
