import type { Environment, EnvironmentParts } from './environment.ts';
import { GuardedCalls } from './guarded-calls.ts';
import { KindsCheck } from './kinds-check.ts';
import { LookupTruth } from './lookup-truth.ts';
import type { Mutant } from './mutants/mutant.ts';
import { ReferenceCalls } from './reference-calls.ts';
import { SimulatedReference } from './simulated-reference.ts';
import type { World } from './world.ts';

type LookupParts = Pick<EnvironmentParts, 'reference' | 'makeLookups'>;

/** Of an environment whose pipeline looks nothing up. */
export const NO_LOOKUPS: LookupParts = { reference: undefined, makeLookups: undefined };

/** The reference table of a seed that has one, what environments have of it, and what checks them. */
export function simulatedLookups(world: World, mutant: Mutant | undefined) {
  const { lookups } = world.plan;
  if (lookups === undefined) return undefined;
  const reference = new SimulatedReference(world, lookups);
  const truth = new LookupTruth(world, lookups, reference);
  const calls = new GuardedCalls(world, new ReferenceCalls(world, lookups), mutant?.isUnguarded === true);
  return {
    check: new KindsCheck(world, truth),
    partsOf: (environment: Environment): LookupParts => {
      const watch = truth.watch(environment);
      return {
        reference: watch.table(reference.port(calls, environment)),
        makeLookups: watch.lookups,
      };
    },
  };
}
