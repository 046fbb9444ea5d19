/** What a run of `repairPipeline` did, and what is left to do. */
export interface RepairReport {
  /** Events that were held and are counted now; and those of which the other metrics have got what they lacked. */
  readonly heldRepaired: number;
  readonly reducedRepaired: number;
  /** Held events that turned out to be invalid, and are in the dead-letter queue. */
  readonly invalid: number;
  /** Events that can't be repaired any more: gone from the stream, or the definition that they were left out of is. */
  readonly lost: number;
  /** How long ago the first event arrived of the oldest hole that is still open, in milliseconds; 0: none is. */
  readonly oldestHoleMs: number;
  /** The highest level that any shard is at. */
  readonly level: number;
  /**
   * Why the work is not done: others wrote meanwhile, more events killed the function than poison explains, the time
   * was up, or a shard still has lag.
   */
  readonly unfinished: 'conflict' | 'crash_limit' | 'deadline' | 'lag' | undefined;
}
