import { describe, expect, it } from 'vitest';
import { catchMutants } from './campaign.ts';
import { MUTANTS } from './mutants/all.ts';

const SEEDS_MAX = 2000;
/** On a busy machine. */
const TIMEOUT_MS = 15 * 60_000;

describe('a protocol that breaks a rule', () => {
  it(
    'is caught, whichever rule it is',
    async () => {
      const catches = await catchMutants(1, SEEDS_MAX);
      expect(catches.filter(({ failure }) => failure === undefined)).toEqual([]);
      expect(catches.map(({ name }) => name).sort()).toEqual(MUTANTS.map(({ name }) => name).sort());
      expect(MUTANTS.length).toBeGreaterThanOrEqual(70);
    },
    TIMEOUT_MS,
  );
});
