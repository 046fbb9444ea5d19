/** The number `units * 2^exponent`, exactly. */
export interface Exact {
  readonly units: bigint;
  readonly exponent: number;
}

const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/** The exact sum of finite doubles. */
export function exactOf(components: readonly number[]): Exact {
  let sum: Exact = { units: 0n, exponent: 0 };
  for (const component of components) sum = addExact(sum, exactOfDouble(component));
  return sum;
}

function exactOfDouble(x: number): Exact {
  if (Number.isSafeInteger(x)) return { units: BigInt(x), exponent: 0 };
  double[0] = x;
  const all = doubleBits[0] as bigint;
  const biased = Number((all >> 52n) & 0x7ffn);
  const fraction = all & 0xf_ffff_ffff_ffffn;
  // Subnormal numbers lack the leading 1, and have the exponent of the least normal ones.
  const units = biased === 0 ? fraction : fraction | 0x10_0000_0000_0000n;
  return { units: x < 0 ? -units : units, exponent: Math.max(biased, 1) - 1075 };
}

export function addExact(a: Exact, b: Exact): Exact {
  const exponent = Math.min(a.exponent, b.exponent);
  return {
    units: (a.units << BigInt(a.exponent - exponent)) + (b.units << BigInt(b.exponent - exponent)),
    exponent,
  };
}

/** `numerator / denominator` (which is > 0) as a double, rounded once, half to even. Never -0. */
export function roundRatio(numerator: Exact, denominator: bigint): number {
  if (numerator.units === 0n) return 0;
  const magnitude = numerator.units < 0n ? -numerator.units : numerator.units;
  // The last bit to keep: the quotient has then 53 or 54 bits, or fewer where doubles end, at 2^-1074.
  let place = bitLength(magnitude) - bitLength(denominator) + numerator.exponent - 53;
  if (place < -1074) place = -1074;
  const shift = BigInt(numerator.exponent - place);
  const dividend = shift > 0n ? magnitude << shift : magnitude;
  let divisor = shift < 0n ? denominator << -shift : denominator;
  if (dividend >= divisor << 53n) {
    divisor <<= 1n;
    place += 1;
  }
  let quotient = dividend / divisor;
  const twiceTheRest = 2n * (dividend - quotient * divisor);
  if (twiceTheRest > divisor || (twiceTheRest === divisor && (quotient & 1n) === 1n)) quotient += 1n;
  const rounded = Number(quotient) * 2 ** place;
  return numerator.units < 0n && rounded !== 0 ? -rounded : rounded;
}

function bitLength(magnitude: bigint): number {
  const hex = magnitude.toString(16);
  return 4 * hex.length - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}
