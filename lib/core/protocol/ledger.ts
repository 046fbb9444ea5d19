/** What became of a shard's events, as exact counters. `received` is always the sum of the others. */
export interface Ledger {
  readonly received: number;
  readonly aggregated: number;
  /** Rejected, and kept in the dead-letter queue with the reason. */
  readonly invalid: number;
  readonly duplicate: number;
  readonly late: number;
  readonly expired: number;
  readonly held: number;
}

export const EMPTY_LEDGER: Ledger = {
  received: 0,
  aggregated: 0,
  invalid: 0,
  duplicate: 0,
  late: 0,
  expired: 0,
  held: 0,
};

/** The names of the counters, in the order in which they are shown. */
export const LEDGER_COUNTERS = Object.keys(EMPTY_LEDGER) as readonly (keyof Ledger)[];

/** Adds two ledgers, of two batches or of two shards. */
export function addLedgers(a: Ledger, b: Ledger): Ledger {
  return {
    received: a.received + b.received,
    aggregated: a.aggregated + b.aggregated,
    invalid: a.invalid + b.invalid,
    duplicate: a.duplicate + b.duplicate,
    late: a.late + b.late,
    expired: a.expired + b.expired,
    held: a.held + b.held,
  };
}

/** Whether every event received is accounted for. */
export function isBalanced(ledger: Ledger): boolean {
  const { received, aggregated, invalid, duplicate, late, expired, held } = ledger;
  return received === aggregated + invalid + duplicate + late + expired + held;
}
