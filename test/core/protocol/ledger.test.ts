import { describe, expect, test } from 'vitest';
import { addLedgers, EMPTY_LEDGER, isBalanced, LEDGER_COUNTERS, type Ledger } from '#core/protocol/ledger.ts';

/** A ledger with other numbers in each counter; `received` is what the others make up. */
function ledgerOf(first: number): Ledger {
  const counters = LEDGER_COUNTERS.filter((name) => name !== 'received');
  const classes = counters.map((name, at) => [name, first * 10 ** at] as const);
  const received = classes.reduce((sum, [, events]) => sum + events, 0);
  return { ...EMPTY_LEDGER, ...Object.fromEntries(classes), received };
}

describe('a ledger', () => {
  test('begins with nothing', () => {
    expect(Object.values(EMPTY_LEDGER)).toEqual(LEDGER_COUNTERS.map(() => 0));
    expect(LEDGER_COUNTERS[0]).toBe('received');
    expect(new Set(LEDGER_COUNTERS)).toEqual(new Set(Object.keys(EMPTY_LEDGER)));
    expect(isBalanced(EMPTY_LEDGER)).toBe(true);
  });

  test('is added counter by counter', () => {
    const sum = addLedgers(ledgerOf(2), ledgerOf(5));
    expect(sum).toEqual(ledgerOf(7));
    expect(addLedgers(sum, EMPTY_LEDGER)).toEqual(sum);
  });

  test('is balanced if what was received is the sum of what became of it, and only then', () => {
    const ledger = ledgerOf(3);
    expect(isBalanced(ledger)).toBe(true);
    for (const name of LEDGER_COUNTERS) {
      for (const more of [1, -1]) {
        expect([name, isBalanced({ ...ledger, [name]: ledger[name] + more })]).toEqual([name, false]);
      }
    }
  });
});
