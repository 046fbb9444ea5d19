import { expect, test } from 'vitest';
import { estimateRegisters } from '#core/sketches/hll-estimate.ts';
import { randomFractions } from './random.ts';

/*
 * Ertl's estimator as his paper states it (arXiv:1702.01284, section 2.4), term by term, with as many terms of the two
 * series as doubles can tell.
 */

const TERMS = Array.from({ length: 60 }, (_, at) => at + 1);

function sigma(x: number): number {
  return TERMS.reduce((sum, k) => sum + x ** (2 ** k) * 2 ** (k - 1), x);
}

function tau(x: number): number {
  return TERMS.reduce((rest, k) => rest - (1 - x ** (2 ** -k)) ** 2 * 2 ** -k, 1 - x) / 3;
}

function byThePaper(registers: Uint8Array, rankMax: number): number {
  const m = registers.length;
  const q = rankMax - 1;
  const counts = Array.from({ length: rankMax + 1 }, (_, rank) => registers.filter((r) => r === rank).length);
  let sum = m * sigma((counts[0] ?? 0) / m) + m * tau(1 - (counts[q + 1] ?? 0) / m) * 2 ** -q;
  for (let k = 1; k <= q; k++) sum += (counts[k] ?? 0) * 2 ** -k;
  return (m * m) / (2 * Math.LN2) / sum;
}

test.each([
  ['few bits, so that many registers are at their end', 64, 3],
  ['some registers at their end', 256, 6],
  ['none at their end', 256, 40],
])('it is the paper’s: %s', (_, m, rankMax) => {
  const fraction = randomFractions(m + rankMax);
  for (const empty of [0, 0.1, 0.5, 0.9]) {
    for (let sample = 0; sample < 20; sample++) {
      const registers = Uint8Array.from({ length: m }, () =>
        fraction() < empty ? 0 : Math.min(rankMax, 1 + Math.floor(-Math.log2(fraction()))),
      );
      const expected = byThePaper(registers, rankMax);
      expect(estimateRegisters(registers, rankMax) / expected).toBeCloseTo(1, 12);
    }
  }
});

test('nothing is nothing', () => {
  expect(estimateRegisters(new Uint8Array(16), 5)).toBe(0);
});
