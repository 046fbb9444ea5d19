import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KillPlan } from '#cli/try/kill-plan.ts';
import { seededRandom } from '#cli/try/seeded-random.ts';

/** Plays invocations of 100 ms, each a part of the work; killed ones are tried again. Gives how many were killed where. */
function play(
  kills: number,
  seed: number,
  batches: number,
): { shares: number[]; plan: KillPlan; invocations: number } {
  const plan = new KillPlan(kills, seededRandom(seed));
  const shares: number[] = [];
  let invocations = 0;
  for (let done = 0; done < batches; ) {
    invocations++;
    const delayMs = plan.begun(done / batches, done === batches - 1);
    if (delayMs !== undefined && delayMs < 100) {
      plan.killed();
      shares.push(done / batches);
      continue;
    }
    if (delayMs !== undefined) plan.missed();
    plan.cameBack(100);
    done++;
  }
  return { shares, plan, invocations };
}

test('all kills happen, spread over the work, however little work there is', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(), fc.integer({ min: 1, max: 60 }), (kills, seed, batches) => {
      const { shares, plan, invocations } = play(kills, seed, batches);
      expect(plan.done).toBe(kills);
      expect(invocations).toBe(batches + kills);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    }),
  );
  const { shares } = play(100, 3, 1000);
  for (const quarter of [0, 0.25, 0.5, 0.75]) {
    const inQuarter = shares.filter((share) => share >= quarter && share < quarter + 0.25).length;
    expect(inQuarter).toBeGreaterThan(10);
  }
});

test('the same seed gives the same moments, another one others', () => {
  expect(play(20, 5, 50).shares).toEqual(play(20, 5, 50).shares);
  expect(play(20, 5, 50).shares).not.toEqual(play(20, 6, 50).shares);
});

test('a kill that came too late is tried again, and none is ordered twice', () => {
  const plan = new KillPlan(1, seededRandom(1));
  expect(plan.begun(1, false)).toBeTypeOf('number');
  expect(plan.begun(1, false)).toBeUndefined();
  plan.missed();
  expect(plan.done).toBe(0);
  expect(plan.begun(1, true)).toBe(0);
  plan.killed();
  expect(plan.begun(1, true)).toBeUndefined();
  expect(plan.done).toBe(1);
});

test('random numbers lie in [0, 1) and are spread evenly', () => {
  const random = seededRandom(42);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 10_000; draw++) {
    const value = random();
    expect(value >= 0 && value < 1).toBe(true);
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
