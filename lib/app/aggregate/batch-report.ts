import type { SequenceNumber } from '#core/brand.ts';
import type { Level } from '#core/degradation/ladder.ts';
import { EMPTY_LEDGER, type Ledger } from '#core/protocol/ledger.ts';
import type { RejectReason } from '#core/rejection.ts';
import { type LookupCounts, NO_LOOKUPS } from '../enrich/answer.ts';

/** Why a batch was not finished. None of them loses anything: what is not committed comes again. */
export type Unfinished =
  | 'deadline' // the function's time was nearly up
  | 'conflicts' // others wrote the head again and again
  | 'crash_limit' // more events kill the function than poison explains
  | 'throttled' // a dependency was asked too often
  | 'unavailable' // a dependency did not answer
  | 'refused'; // a dependency will not do it

/** What became of a batch. */
export interface BatchReport {
  /** The first record that is not counted whole; `undefined` where all are. */
  readonly firstUncommitted: SequenceNumber | undefined;
  readonly unfinished: Unfinished | undefined;
  /** For the log, where unfinished: which dependency, and what it said. */
  readonly error: Error | undefined;
  /** What this invocation committed. */
  readonly ledger: Ledger;
  readonly rejected: ReadonlyMap<RejectReason, number>;
  readonly commits: number;
  readonly conflicts: number;
  readonly folds: number;
  readonly overflowedGroups: number;
  /** Ids that are not looked for any more, though their horizon has not passed: too many, or gone from the table. */
  readonly idsForgotten: number;
  /** The greatest share that a group has of an aggregate's events, in any commit that had enough of them; from 0 to 1. */
  readonly hotGroupShare: number | undefined;
  /** Events that were committed of which only the essential metrics have something. */
  readonly reduced: number;
  /** How much the last head written leaves out. */
  readonly level: Level;
  /** Size of the last head written, in bytes. */
  readonly headBytes: number;
  /** Of the events that were committed. */
  readonly lookups: LookupCounts;
}

/** The counters of a report, while the batch is under way. */
export interface Tally {
  ledger: Ledger;
  readonly rejected: Map<RejectReason, number>;
  commits: number;
  conflicts: number;
  folds: number;
  overflowedGroups: number;
  idsForgotten: number;
  hotGroupShare: number | undefined;
  reduced: number;
  level: Level;
  headBytes: number;
  lookups: LookupCounts;
}

export function newTally(): Tally {
  return {
    ledger: EMPTY_LEDGER,
    rejected: new Map(),
    commits: 0,
    conflicts: 0,
    folds: 0,
    overflowedGroups: 0,
    idsForgotten: 0,
    hotGroupShare: undefined,
    reduced: 0,
    level: 0,
    headBytes: 0,
    lookups: NO_LOOKUPS,
  };
}
