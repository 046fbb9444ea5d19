const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Which of the two words has the exponent: typed arrays have the processor's order of bytes. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * The logarithm to base 2 of a normal double (2^-1022 or greater), within 4e-15 of itself (of 1 where it is less). The same
 * on every engine and processor, as stored buckets must be: it uses nothing but operations that IEEE 754 rounds
 * exactly (`Math.log` may differ). And monotone: each step is a monotone operation on the one before, so a greater x
 * never has a lesser logarithm.
 */
export function log2(x: number): number {
  double[0] = x;
  const high = words[HIGH] as number;
  const exponent = (high >>> 20) - 1023;
  words[HIGH] = (high & 0x000f_ffff) | 0x3ff0_0000;
  // The fourth root of the significand, 1 to 1.19, so that few terms are enough.
  const root = Math.sqrt(Math.sqrt(double[0]));
  // Exact enough here, and each step is monotone, which can't be said of (root - 1) / (root + 1).
  const s = 1 - 2 / (root + 1);
  const square = s * s;
  // ln((1 + s) / (1 - s)) = 2 (s + s³/3 + s⁵/5 + …). With s up to 0.087, the next term would be below 1e-17.
  let sum = square / 15;
  sum = (sum + 1 / 13) * square;
  sum = (sum + 1 / 11) * square;
  sum = (sum + 1 / 9) * square;
  sum = (sum + 1 / 7) * square;
  sum = (sum + 1 / 5) * square;
  sum = (sum + 1 / 3) * square;
  // Below 1, even of the greatest significand: so the logarithm is monotone from one exponent to the next too.
  return exponent + 8 * Math.LOG2E * (s + s * sum);
}
