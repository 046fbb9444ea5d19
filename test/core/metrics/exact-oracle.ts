/**
 * Exact arithmetic by the plainest means, to check the fast one against: numbers in BigInt units of 2^-1074, the least
 * double, and rounding by bisection over all doubles.
 */

const PLACES = 1074n;

/** A finite double in units of 2^-1074. */
export function units(x: number): bigint {
  let integer = x;
  let places = 0n;
  while (!Number.isInteger(integer)) {
    integer *= 2;
    places += 1n;
  }
  return BigInt(integer) << (PLACES - places);
}

export function sumUnits(numbers: readonly number[]): bigint {
  return numbers.reduce((sum, x) => sum + units(x), 0n);
}

/** The double nearest to `numerator / denominator` (> 0) units of 2^-1074, the even one of two. */
export function nearest(numerator: bigint, denominator = 1n): number {
  if (numerator < 0n) return -nearest(-numerator, denominator);
  // Positive doubles are in the order of their bits.
  let low = 0n;
  let high = bitsOf(Number.MAX_VALUE);
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (units(doubleOf(middle)) * denominator <= numerator) low = middle;
    else high = middle - 1n;
  }
  const below = numerator - units(doubleOf(low)) * denominator;
  const above = units(doubleOf(low + 1n)) * denominator - numerator;
  return doubleOf(below < above || (below === above && low % 2n === 0n) ? low : low + 1n);
}

/** The population's variance, in units of 2^-1074, as a numerator over a denominator. */
export function variance(numbers: readonly number[]): { numerator: bigint; denominator: bigint } {
  const n = BigInt(numbers.length);
  const sum = sumUnits(numbers);
  const squares = numbers.reduce((total, x) => total + units(x) ** 2n, 0n);
  // Squares are in units of 2^-2148.
  return { numerator: n * squares - sum * sum, denominator: (n * n) << PLACES };
}

const double = new DataView(new ArrayBuffer(8));

function bitsOf(x: number): bigint {
  double.setFloat64(0, x);
  return double.getBigUint64(0);
}

function doubleOf(bits: bigint): number {
  double.setBigUint64(0, bits);
  return double.getFloat64(0);
}
