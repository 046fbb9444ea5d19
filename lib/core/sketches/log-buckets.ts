import { NUMBER_MAX } from '#core/metrics/number-range.ts';
import { log2 } from './log2.ts';

/** The least normal double, 2.2e-308. What is smaller lacks the digits for a relative error, and counts as 0. */
const MAGNITUDE_MIN = 2 ** -1022;

/**
 * Numbered buckets for numbers of magnitude up to `NUMBER_MAX`, each so narrow that one value stands for all of its
 * numbers within a relative error. Bucket 0 has 0; bucket k > 0 has the numbers in (γ^(k-1-c), γ^(k-c)], where c makes
 * all k positive; bucket -k has their negatives. So buckets are ordered as numbers are.
 * Source: C. Masson, J. Rim, H. Lee: DDSketch, VLDB 2019, logarithmic mapping.
 *
 * At level n, 2^n neighbours are one: bucket k of level n has what the buckets up to k * 2^n have, and after those up
 * to (k - 1) * 2^n. That is γ to the power of 2^n.
 * Source: I. Epicoco et al.: UDDSketch, IEEE Access 2020, uniform collapse.
 */
export class LogBuckets {
  readonly #log2Gamma: number;
  readonly #bucketsPerOctave: number;
  readonly #offset: number;

  /** For a relative error between 0 and 1 at level 0. */
  constructor(relativeError: number) {
    this.#log2Gamma = log2((1 + relativeError) / (1 - relativeError));
    this.#bucketsPerOctave = 1 / this.#log2Gamma;
    this.#offset = 1 - Math.ceil(log2(MAGNITUDE_MIN) * this.#bucketsPerOctave);
  }

  /** The bucket that a number falls into. */
  bucketOf(x: number, level: number): number {
    if (x >= MAGNITUDE_MIN) return collapsed(this.#positive(x), level);
    if (x <= -MAGNITUDE_MIN) return collapsed(-this.#positive(-x), level);
    return 0;
  }

  /** The number that is within the level's relative error of all numbers in a bucket. */
  valueOf(bucket: number, level: number): number {
    if (bucket === 0) return 0;
    const width = 2 ** level;
    const greatest = 2 ** ((Math.abs(bucket) * width - this.#offset) * this.#log2Gamma);
    const value = (2 * greatest) / (1 + 2 ** (width * this.#log2Gamma));
    return bucket < 0 ? -value : value;
  }

  /** |valueOf(bucketOf(x)) - x| / |x| is at most this, and 1e-12 for rounding. */
  relativeError(level: number): number {
    const ratio = 2 ** (2 ** level * this.#log2Gamma);
    return (ratio - 1) / (ratio + 1);
  }

  /** The least level at which there are no more than so many buckets (3 or more), so that no sketch goes beyond it. */
  levelMax(buckets: number): number {
    const positive = this.#positive(NUMBER_MAX);
    let level = 0;
    while (2 * collapsed(positive, level) + 1 > buckets) level += 1;
    return level;
  }

  #positive(magnitude: number): number {
    return Math.ceil(log2(magnitude) * this.#bucketsPerOctave) + this.#offset;
  }
}

/** The bucket `levels` up of one: |bucket| / 2^levels, rounded away from 0. */
export function collapsed(bucket: number, levels: number): number {
  // A shift rounds down, which is away from 0 where the bucket is negative.
  return (bucket > 0 ? bucket + 2 ** levels - 1 : bucket) >> levels;
}
