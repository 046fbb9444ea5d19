import { MUTANTS } from './mutants/all.ts';
import { simulate } from './simulate.ts';
import { addRun, newTotals, type Totals } from './totals.ts';

/** What a worker is asked for: these seeds, of the protocol as it is or of a mutant. */
export interface Job {
  readonly from: number;
  readonly to: number;
  readonly mutant?: string;
}

/** Runs seeds one after the other, up to the first that goes wrong. */
export async function runJob({ from, to, mutant: name }: Job): Promise<Totals> {
  const mutant = MUTANTS.find((known) => known.name === name);
  const totals = newTotals();
  for (let seed = from; seed < to && totals.failures.length === 0; seed++)
    addRun(totals, await simulate(seed, { mutant }));
  return totals;
}

// Signals are for the one that gives out the jobs, which then prints what there is; without it, there is no channel.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

process.on('message', (job: Job) => {
  runJob(job).then(
    (totals) => process.send?.(totals, () => {}),
    (error: unknown) => {
      throw error;
    },
  );
});
