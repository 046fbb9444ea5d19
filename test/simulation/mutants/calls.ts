import type { Mutant } from './mutant.ts';

/** Calls of services that do not go by how these fare. */
export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-circuits',
    breaks: 'a service that is down is left alone, but for a probe now and then',
    isUnguarded: true,
  },
];
