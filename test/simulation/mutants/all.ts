import { ANSWER_MUTANTS } from './answers.ts';
import { CACHE_MUTANTS } from './caches.ts';
import { CALL_MUTANTS } from './calls.ts';
import { CLOSE_MUTANTS } from './closing.ts';
import { CONDITION_MUTANTS } from './conditions.ts';
import { DUPLICATE_MUTANTS } from './duplicates.ts';
import { FINAL_MUTANTS } from './finals.ts';
import { FIRST_LAST_MUTANTS } from './first-last.ts';
import { FOLD_MUTANTS } from './folds.ts';
import { GENERATION_MUTANTS } from './generations.ts';
import { LATENESS_MUTANTS } from './lateness.ts';
import { LEVEL_MUTANTS } from './levels.ts';
import { LOOKUP_MUTANTS } from './lookups.ts';
import type { Mutant } from './mutant.ts';
import { ORDER_MUTANTS } from './orders.ts';
import { POSITION_MUTANTS } from './positions.ts';
import { READER_MUTANTS } from './readers.ts';
import { REPLY_MUTANTS } from './replies.ts';
import { SESSION_MUTANTS } from './sessions.ts';
import { SUSPECT_MUTANTS } from './suspects.ts';

/** Every way to break the protocol that the simulator must see. */
export const MUTANTS: readonly Mutant[] = [
  ...CONDITION_MUTANTS,
  ...ORDER_MUTANTS,
  ...FOLD_MUTANTS,
  ...CACHE_MUTANTS,
  ...POSITION_MUTANTS,
  ...REPLY_MUTANTS,
  ...SUSPECT_MUTANTS,
  ...READER_MUTANTS,
  ...LATENESS_MUTANTS,
  ...CLOSE_MUTANTS,
  ...FINAL_MUTANTS,
  ...ANSWER_MUTANTS,
  ...DUPLICATE_MUTANTS,
  ...SESSION_MUTANTS,
  ...LEVEL_MUTANTS,
  ...CALL_MUTANTS,
  ...FIRST_LAST_MUTANTS,
  ...LOOKUP_MUTANTS,
  ...GENERATION_MUTANTS,
];
