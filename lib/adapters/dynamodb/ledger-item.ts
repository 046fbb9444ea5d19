import { EMPTY_LEDGER, LEDGER_COUNTERS, type Ledger } from '#core/protocol/ledger.ts';
import { type Item, integer, optional } from './attributes.ts';

/** A ledger as attributes; counters at zero are left out. */
export function toLedger(ledger: Ledger): Item {
  const counted = LEDGER_COUNTERS.filter((counter) => ledger[counter] > 0);
  return Object.fromEntries(counted.map((counter) => [counter, { N: String(ledger[counter]) }]));
}

export function fromLedger(item: Item): Ledger {
  const counted = LEDGER_COUNTERS.map((counter) => [counter, optional(item, counter, integer) ?? 0]);
  return { ...EMPTY_LEDGER, ...Object.fromEntries(counted) };
}
