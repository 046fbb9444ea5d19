/** Repeatable random 32-bit words: Marsaglia's xorshift128 (2003), seeded. */
export function randomWords(seed: number): () => number {
  let x = 123456789 ^ seed;
  let y = 362436069;
  let z = 521288629;
  let w = 88675123;
  const next = () => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
  // Seeds that differ in few bits take some steps to part.
  for (let step = 0; step < 64; step++) next();
  return next;
}

/** Repeatable random numbers in (0, 1). */
export function randomFractions(seed: number): () => number {
  const words = randomWords(seed);
  return () => (words() + 0.5) / 2 ** 32;
}

/** Normally distributed, mean 0 and deviation 1: Box and Muller. */
export function randomNormals(seed: number): () => number {
  const fraction = randomFractions(seed);
  return () => Math.sqrt(-2 * Math.log(fraction())) * Math.cos(2 * Math.PI * fraction());
}

/** Ranks 1 to `ranks` by Zipf's law with exponent 1, approximately: rank r comes about 1 / r as often as rank 1. */
export function randomZipf(seed: number, ranks: number): () => number {
  const fraction = randomFractions(seed);
  return () => Math.min(ranks, Math.floor((ranks + 1) ** fraction()));
}
