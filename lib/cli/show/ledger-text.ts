import { LEDGER_COUNTERS, type Ledger } from '#core/protocol/ledger.ts';
import { whole } from './numbers.ts';

/** The ledger as an equation: `received 1,050 = aggregated 1,000 + invalid 50`. */
export function ledgerText(ledger: Ledger): string {
  const parts = LEDGER_COUNTERS.filter(
    (name) => name !== 'received' && (name === 'aggregated' || ledger[name] > 0),
  );
  return `received ${whole(ledger.received)} = ${parts.map((name) => `${name} ${whole(ledger[name])}`).join(' + ')}`;
}
