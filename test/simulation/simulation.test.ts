import { createHash, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runSeeds } from './campaign.ts';
import { simulate } from './simulate.ts';
import { describeTotals, unseen } from './totals.ts';

const SEEDS = 200;
/** On a busy machine. */
const TIMEOUT_MS = 10 * 60_000;
/** Enough for what a run seldom shows. */
const SEEDS_TO_SEE_ALL = 300;
/** Shows less than once in them. */
const RARE = new Set(['crashed_by_bad_luck', 'repaired_in_part', 'crashed_in_repair']);

async function traceHash(seed: number): Promise<string> {
  const hash = createHash('sha256');
  await simulate(seed, { trace: (line) => hash.update(line).update('\n') });
  return hash.digest('hex');
}

describe('the protocol, against faults', () => {
  it(
    'is exact for seeds that nobody has tried',
    async () => {
      const from = randomInt(2 ** 40);
      console.log(`seeds from ${from}; to see one again: npm run sim -- --seed N`);
      const started = performance.now();
      const totals = await runSeeds(from, SEEDS);
      console.log(describeTotals(totals, performance.now() - started).join('\n'));
      expect(totals.failures).toEqual([]);
      // A simulation in which nothing happens finds nothing either.
      expect(totals.records).toBeGreaterThanOrEqual(SEEDS * 100);
      expect(totals.answers).toBeGreaterThan(SEEDS);
    },
    TIMEOUT_MS,
  );

  it(
    'meets every fault, and everything that follows from them',
    async () => {
      const totals = await runSeeds(1, SEEDS_TO_SEE_ALL);
      expect(totals.failures).toEqual([]);
      expect(unseen(totals).filter((name) => !RARE.has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('runs the same way each time', async () => {
    for (const seed of [1, 2, 3, 2 ** 40 + 1]) expect(await traceHash(seed)).toBe(await traceHash(seed));
    expect(await traceHash(1)).not.toBe(await traceHash(2));
  });
});
