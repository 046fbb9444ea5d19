import { MUTANTS } from './mutants/all.ts';
import { addTotals, type Failure, newTotals, type Totals } from './totals.ts';
import type { Job } from './worker.ts';
import { runJobs } from './workers.ts';

const SEEDS_A_JOB = 50;

/**
 * Runs seeds on all processors, up to the first that goes wrong. `onProgress` is told after each part of all seeds
 * before `next`, and ends the campaign early by returning false. Figures are added to `totals`.
 */
export async function runSeeds(
  from: number,
  seeds: number,
  onProgress: (totals: Totals, next: number) => boolean = () => true,
  totals: Totals = newTotals(),
): Promise<Totals> {
  /** Parts that are done before one that comes before them, by their first seeds. */
  const early = new Map<number, { readonly part: Totals; readonly to: number }>();
  let next = from;
  await runJobs(jobs(from, from + seeds), (part, job) => {
    early.set(job.from, { part, to: job.to });
    for (let done = early.get(next); done !== undefined; done = early.get(next)) {
      early.delete(next);
      addTotals(totals, done.part);
      next = done.to;
    }
    return part.failures.length === 0 && onProgress(totals, next);
  });
  return totals;
}

function* jobs(first: number, end: number): Generator<Job> {
  for (let seed = first; seed < end; seed += SEEDS_A_JOB)
    yield { from: seed, to: Math.min(end, seed + SEEDS_A_JOB) };
}

/** What became of a mutant. */
export interface Catch {
  readonly name: string;
  readonly breaks: string;
  /** How many seeds were run. */
  readonly seeds: number;
  /** The seed that caught it; none: `undefined`. */
  readonly failure: Failure | undefined;
}

/** Runs seeds of each mutant, up to the one that catches it. `onCatch` is told of each. */
export async function catchMutants(
  from: number,
  seedsMax: number,
  onCatch: (caught: Catch) => void = () => {},
): Promise<Catch[]> {
  const catches: Catch[] = [];
  const byName = new Map(MUTANTS.map((mutant) => [mutant.name, mutant.breaks]));
  const mutantJobs = MUTANTS.map(({ name }) => ({ from, to: from + seedsMax, mutant: name }));
  await runJobs(mutantJobs, ({ failures: [failure], seeds }, { mutant: name = '' }) => {
    const caught = { name, breaks: byName.get(name) ?? '', seeds, failure };
    catches.push(caught);
    onCatch(caught);
    return true;
  });
  return catches;
}
