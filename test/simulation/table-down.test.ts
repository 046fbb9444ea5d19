import { describe, expect, it } from 'vitest';
import { CALL_MUTANTS } from './mutants/calls.ts';
import { drawPlan } from './plan.ts';
import { simulate } from './simulate.ts';

const SEEDS = 8;
const TIMEOUT_MS = 10 * 60_000;

/** Seeds in which all services are down for an hour. */
const seeds = Array.from({ length: 1000 }, (_, i) => i + 1)
  .filter((seed) => drawPlan(seed).longOutage !== undefined)
  .slice(0, SEEDS);

describe('a table that is down for an hour, in virtual time, with everything else that it needs', () => {
  it(
    'costs few calls, loses nothing, and is caught up with by itself',
    async () => {
      let [made, refused] = [0, 0];
      for (const seed of seeds) {
        const { failure, strikes } = await simulate(seed);
        expect([seed, failure]).toEqual([seed, undefined]);
        made += strikes.get('call_while_down') ?? 0;
        refused += strikes.get('call_refused') ?? 0;
      }
      console.log(`${seeds.length} outages of an hour: ${made} calls while it was down, ${refused} not made`);
      expect(made).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    'is asked without end by environments that have no circuits',
    async () => {
      const failures: (string | undefined)[] = [];
      for (const seed of seeds) failures.push((await simulate(seed, { mutant: CALL_MUTANTS[0] })).failure);
      expect(failures.some((failure) => failure?.includes('which is down'))).toBe(true);
    },
    TIMEOUT_MS,
  );
});
