import { ID_LIMITS, type IdLimits } from '#core/duplicates/seen-ids.ts';

/** What bounds one commit and one invocation of `aggregateBatch`. */
export interface AggregateLimits {
  /** Largest head that is written, in bytes: it is written again with every commit. */
  readonly headBytesMax: number;
  /** What pending deltas may take in a head before all are folded, in bytes. */
  readonly pendingBytesSoft: number;
  /** Groups over all windows and aggregates that one commit adds: about what fits into a head. */
  readonly cellsMax: number;
  /** Rejected payloads that are held in memory until they are sent, in bytes. */
  readonly letterBytesMax: number;
  /** Attempts at a commit that others beat to it, before the batch is handed back. */
  readonly conflictsMax: number;
  /**
   * How long events are aggregated before they are committed, in milliseconds: under load, answers are as old as that at
   * least, and levels are decided as seldom.
   */
  readonly commitMsMax: number;
  /** How long before the deadline a commit is begun at the latest. */
  readonly commitReserveMs: number;
  /** Age of a record that comes alone from which it is suspected of killing the function. */
  readonly suspectAfterMs: number;
  /** Attempts at an event before it is rejected as `crashed`. */
  readonly crashAttemptsMax: number;
  /** Events rejected as `crashed` in an hour and shard; more are a bug of the function, and are held. */
  readonly crashesPerHourMax: number;
  /** What is kept of the ids by which duplicates are told. */
  readonly ids: IdLimits;
}

export const AGGREGATE_LIMITS: AggregateLimits = {
  headBytesMax: 64 * 1024,
  pendingBytesSoft: 24 * 1024,
  cellsMax: 4000,
  letterBytesMax: 8 * 1024 * 1024,
  conflictsMax: 5,
  commitMsMax: 5000,
  commitReserveMs: 10_000,
  suspectAfterMs: 60_000,
  crashAttemptsMax: 3,
  crashesPerHourMax: 5,
  ids: ID_LIMITS,
};
