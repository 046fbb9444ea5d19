import { FAULTS, type Fault } from './fault-kinds.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Cut } from './plan.ts';
import { simulate } from './simulate.ts';

/** A smaller run of the same seed that goes wrong too. */
export interface Shrunk {
  readonly cut: Required<Cut>;
  readonly failure: string;
}

/**
 * Switches off every fault that a failure does not need, and puts as few records as it needs. What goes wrong then may
 * be another thing than before; it is wrong all the same.
 */
export async function shrink(
  seed: number,
  records: number,
  failure: string,
  mutant?: Mutant,
): Promise<Shrunk> {
  let found: Shrunk = { cut: { records, without: new Set<Fault>() }, failure };
  const attempt = async (cut: Required<Cut>): Promise<boolean> => {
    const run = await simulate(seed, { ...cut, mutant });
    if (run.failure === undefined) return false;
    found = { cut, failure: run.failure };
    return true;
  };
  await attempt({ records, without: new Set(FAULTS) });
  for (const fault of FAULTS) {
    if (found.cut.without.has(fault)) continue;
    await attempt({ ...found.cut, without: new Set([...found.cut.without, fault]) });
  }
  for (let step = records >> 1; step > 0; ) {
    if (step >= found.cut.records || !(await attempt({ ...found.cut, records: found.cut.records - step })))
      step >>= 1;
  }
  return found;
}
