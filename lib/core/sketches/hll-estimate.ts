/**
 * The improved raw estimator of a HyperLogLog: no bias over the whole range, no tables, no thresholds between methods.
 * Source: O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches, arXiv:1702.01284, algorithm 6.
 *
 * `rankMax` is the greatest rank that a register can have, q + 1 in the paper.
 */
export function estimateRegisters(registers: Uint8Array, rankMax: number): number {
  const m = registers.length;
  const counts = new Float64Array(rankMax + 1);
  for (const rank of registers) (counts[rank] as number) += 1;
  let z = m * tau(1 - (counts[rankMax] as number) / m);
  for (let rank = rankMax - 1; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] as number));
  z += m * sigma((counts[0] as number) / m);
  return (m / (2 * Math.LN2)) * (m / z);
}

/** x + sum of x^(2^k) * 2^(k-1) over k ≥ 1, for registers that no value has reached. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let power = x;
  let weight = 1;
  let sum = x;
  for (let before = -1; sum !== before; ) {
    before = sum;
    power *= power;
    sum += power * weight;
    weight *= 2;
  }
  return sum;
}

/** (1 - x - sum of (1 - x^(2^-k))² * 2^-k over k ≥ 1) / 3, for registers that are at their end. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let weight = 1;
  let rest = 1 - x;
  for (let before = -1; rest !== before; ) {
    before = rest;
    root = Math.sqrt(root);
    weight *= 0.5;
    rest -= (1 - root) ** 2 * weight;
  }
  return rest / 3;
}
