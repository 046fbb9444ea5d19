/**
 * Exact arithmetic on expansions: lists of doubles that stand for their exact sum.
 * Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997.
 *
 * The functions here keep expansions non-overlapping (no bit of one component lies within the bits of another), by
 * increasing magnitude and without zeros.
 */

/** What rounding lost: `a + b` is exactly `sum + sumError(a, b, sum)`, where `sum` is `a + b` rounded. Knuth's TwoSum. */
export function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** 2^27 + 1 cuts a double in two halves of 26 bits, the products of which are exact (Veltkamp). */
const SPLITTER = 134217729;

/** What rounding lost: `x²` is exactly `square + squareError(x, square)`, where `square` is `x * x` rounded. Dekker's product. */
export function squareError(x: number, square: number): number {
  const scaled = SPLITTER * x;
  const high = scaled - (scaled - x);
  const low = x - high;
  return low * low - (square - high * high - 2 * high * low);
}

/**
 * Numbers of very different sizes leave components of a few bits each, up to a thousand of them, and adding passes
 * through all. Beyond this many they are packed into 53 bits each, of which 40 cover all the places of a double.
 */
const COMPONENTS_MAX = 64;

/** Adds a number to an expansion, in place, and keeps it at 64 components or fewer. */
export function addToExpansion(expansion: number[], x: number): void {
  growExpansion(expansion, x);
  if (expansion.length > COMPONENTS_MAX) {
    expansion.splice(0, expansion.length, ...canonicalExpansion(expansion).reverse());
  }
}

/** Shewchuk's Grow-Expansion, without the zeros. */
function growExpansion(expansion: number[], x: number): void {
  let carry = x;
  let kept = 0;
  for (let at = 0; at < expansion.length; at++) {
    const component = expansion[at] as number;
    const sum = carry + component;
    const error = sumError(carry, component, sum);
    if (error !== 0) expansion[kept++] = error;
    carry = sum;
  }
  if (carry !== 0) expansion[kept++] = carry;
  // Only where it changes: setting the length costs more than all of the above.
  if (kept < expansion.length) expansion.length = kept;
}

/**
 * The exact sum of an expansion, rounded once, half to even, as CPython's `math.fsum` does it: add from the top until
 * a sum is inexact; what lies below can matter only where that sum was a tie.
 */
export function roundExpansion(expansion: readonly number[]): number {
  let at = expansion.length - 1;
  let high = expansion[at] ?? 0;
  let error = 0;
  while (error === 0 && at > 0) {
    const component = expansion[--at] as number;
    const sum = high + component;
    error = sumError(high, component, sum);
    high = sum;
  }
  const below = at > 0 ? (expansion[at - 1] as number) : 0;
  if ((error < 0 && below < 0) || (error > 0 && below > 0)) {
    // If `error` is exactly half of the last place, then twice of it is a whole one, and adding that is exact.
    const up = high + 2 * error;
    if (up - high === 2 * error) return up;
  }
  return high;
}

/**
 * The one form of an expansion that depends on its exact sum only: each component is what remains, rounded. So the
 * first is the rounded sum. Gives a list by decreasing magnitude, of 40 components at most, empty for 0.
 */
export function canonicalExpansion(expansion: readonly number[]): number[] {
  const rest = [...expansion];
  const components: number[] = [];
  while (rest.length > 0) {
    const rounded = roundExpansion(rest);
    components.push(rounded);
    growExpansion(rest, -rounded);
  }
  return components;
}
