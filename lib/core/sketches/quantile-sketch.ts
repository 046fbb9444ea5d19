import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { NUMBER_MAX } from '#core/metrics/number-range.ts';
import { BucketCounts } from './bucket-counts.ts';
import type { LogBuckets } from './log-buckets.ts';
import { bucketsOf, QUANTILE_DEFAULTS, type QuantileParams } from './quantile-params.ts';

export { QUANTILE_DEFAULTS, type QuantileParams };

const VERSION = 1;

/** Flags in the low bits of the byte that has the level. */
const MIN_IS_FLOAT = 1;
const MAX_IS_FLOAT = 2;
const MAX_IS_MIN = 4;
const FLAG_BITS = 3;

/**
 * Quantiles with a bound on their relative error: DDSketch (Masson, Rim, Lee, VLDB 2019), with the uniform collapse of
 * UDDSketch (Epicoco et al., IEEE Access 2020) where there are too many buckets. Counts are exact, as are the least
 * and the greatest number.
 *
 * The state is a function of the multiset of numbers alone, whatever the order and the split of adds and merges. Its
 * level is the least at which the multiset has no more than `bucketsMax` buckets: (1) what a sketch has seen is part of
 * the whole, has no more buckets than the whole at any level, and so never collapses beyond the whole's level; (2) after
 * each step it has collapsed until the buckets are few enough, so it does not stop before that level either. And the
 * bucket of a number at a level does not depend on the levels it went through.
 */
export class QuantileSketch {
  readonly #params: QuantileParams;
  readonly #mapping: LogBuckets;
  #buckets = new BucketCounts();
  #level = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  private constructor(params: QuantileParams, mapping: LogBuckets) {
    this.#params = params;
    this.#mapping = mapping;
  }

  /** Of no numbers. Throws `RangeError` for parameters out of range. */
  static empty(params: QuantileParams = QUANTILE_DEFAULTS): QuantileSketch {
    return new QuantileSketch(params, bucketsOf(params));
  }

  /** How many numbers there are. */
  get count(): number {
    return this.#count;
  }

  /** The least number, exactly; `null` where there is none. */
  get min(): number | null {
    return this.#count === 0 ? null : this.#min;
  }

  /** The greatest number, exactly; `null` where there is none. */
  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  /**
   * How far a quantile may be from the true one, as a fraction of it: the one of the parameters, or about 2, 4, 8 …
   * times as much where numbers came in too many buckets. Magnitudes below 2.2e-308 count as 0.
   */
  get relativeError(): number {
    return this.#level === 0 ? this.#params.relativeError : this.#mapping.relativeError(this.#level);
  }

  /**
   * Adds a number, `count` times. Throws `RangeError` for a number that is not finite or beyond `NUMBER_MAX`, for a
   * count that is no whole number from 1, and where there would be more than 2^53 - 1 numbers.
   */
  add(value: number, count = 1): void {
    if (!(Math.abs(value) <= NUMBER_MAX)) {
      throw new RangeError(`a quantile takes numbers of magnitude up to ${NUMBER_MAX}: refuse others before`);
    }
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`a number is added a whole number of times, not ${count}`);
    }
    this.#grow(count);
    // Adding 0 turns -0 into 0: which of the two came first must not show.
    if (value < this.#min) this.#min = value + 0;
    if (value > this.#max) this.#max = value + 0;
    this.#buckets.add(this.#mapping.bucketOf(value, this.#level), count);
    this.#collapse();
  }

  /** Adds all numbers of `other`, which stays as it is. Throws `RangeError` if it has other parameters. */
  merge(other: QuantileSketch): void {
    const { relativeError, bucketsMax } = other.#params;
    if (relativeError !== this.#params.relativeError || bucketsMax !== this.#params.bucketsMax) {
      throw new RangeError('quantile sketches merge only if they have the same parameters');
    }
    this.#grow(other.#count);
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    if (other.#level > this.#level) {
      this.#buckets.collapse(other.#level - this.#level);
      this.#level = other.#level;
    }
    this.#buckets.merge(other.#buckets, this.#level - other.#level);
    this.#collapse();
  }

  /**
   * The least number such that a fraction `q` of all numbers is no greater (SQL's `percentile_disc`), within
   * `relativeError`; 0 gives the least and 1 the greatest number, exactly. `null` where there is none. Throws
   * `RangeError` for a `q` that is not from 0 to 1.
   */
  quantile(q: number): number | null {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is a fraction from 0 to 1, not ${q}`);
    if (this.#count === 0) return null;
    const rank = rankOf(q, this.#count);
    if (rank <= 1) return this.#min;
    if (rank >= this.#count) return this.#max;
    let at = 0;
    for (let seen = this.#buckets.count(0); seen < rank; seen += this.#buckets.count(at)) at += 1;
    const value = this.#mapping.valueOf(this.#buckets.bucket(at), this.#level);
    return Math.min(Math.max(value, this.#min), this.#max);
  }

  /** About how many bytes `encode` writes. */
  get byteLength(): number {
    return 20 + 3 * this.#buckets.size;
  }

  /**
   * Version, number of buckets, level and flags, min, max (each a zigzag where it is a safe integer, else a double), how
   * far each bucket but the first is from the one before, the counts. The first bucket is that of the least number.
   */
  encode(out: ByteWriter): void {
    const { size } = this.#buckets;
    out.byte(VERSION);
    out.varint(size);
    if (size === 0) return;
    out.byte(flagsOf(this.#min, this.#max) | (this.#level << FLAG_BITS));
    writeNumber(out, this.#min);
    if (this.#max !== this.#min) writeNumber(out, this.#max);
    for (let at = 1; at < size; at++) out.varint(this.#buckets.bucket(at) - this.#buckets.bucket(at - 1) - 1);
    for (let at = 0; at < size; at++) out.varint(this.#buckets.count(at));
  }

  /** Reads what `encode` wrote for the same parameters. Throws `CorruptError` for anything else. */
  static decode(input: ByteReader, params: QuantileParams = QUANTILE_DEFAULTS): QuantileSketch {
    const sketch = QuantileSketch.empty(params);
    const version = input.byte('a version of quantiles');
    if (version !== VERSION) throw input.corrupt(`quantiles of version ${VERSION}`, `version ${version}`);
    const size = input.count(2, 'the number of buckets');
    if (size > 0) sketch.#read(input, size);
    return sketch;
  }

  #read(input: ByteReader, size: number): void {
    const { bucketsMax } = this.#params;
    if (size > bucketsMax) throw input.corrupt(`at most ${bucketsMax} buckets`, `${size}`);
    const levelAndFlags = input.byte('the level of quantiles');
    const flags = levelAndFlags & ((1 << FLAG_BITS) - 1);
    const level = levelAndFlags >> FLAG_BITS;
    const levelMax = this.#mapping.levelMax(bucketsMax);
    if (level > levelMax) throw input.corrupt(`a level of at most ${levelMax}`, `${level}`);
    this.#level = level;
    this.#min = readNumber(input, (flags & MIN_IS_FLOAT) !== 0);
    this.#max = (flags & MAX_IS_MIN) !== 0 ? this.#min : readNumber(input, (flags & MAX_IS_FLOAT) !== 0);
    if (flags !== flagsOf(this.#min, this.#max)) throw input.corrupt('numbers in their form', 'another form');
    const first = this.#mapping.bucketOf(this.#min, level);
    const last = this.#mapping.bucketOf(this.#max, level);
    const buckets = [first];
    let bucket = first;
    for (let at = 1; at < size; at++) {
      bucket += input.varint('the distance of a bucket') + 1;
      if (bucket > last) break;
      buckets.push(bucket);
    }
    if (bucket !== last || this.#min > this.#max) {
      throw input.corrupt('buckets from the least to the greatest number', 'others');
    }
    for (const bucket of buckets) {
      const count = input.varint('the count of a bucket');
      if (count === 0) throw input.corrupt('a bucket that has numbers', 'an empty one');
      if (!Number.isSafeInteger(this.#count + count)) throw input.corrupt('at most 2^53 - 1 numbers', 'more');
      this.#count += count;
      this.#buckets.add(bucket, count);
    }
    if (this.#count === 1 && this.#min !== this.#max) throw input.corrupt('one number', 'two');
  }

  #grow(count: number): void {
    const grown = this.#count + count;
    if (!Number.isSafeInteger(grown)) throw new RangeError('a quantile takes at most 2^53 - 1 numbers');
    this.#count = grown;
  }

  #collapse(): void {
    while (this.#buckets.size > this.#params.bucketsMax) {
      this.#buckets.collapse(1);
      this.#level += 1;
    }
  }
}

/** The rank, from 1, of the least of n numbers such that a fraction q of them is no greater. */
function rankOf(q: number, n: number): number {
  const rank = Math.ceil(q * n);
  // 0.07 * 100 is 7.000000000000001: the product may have been rounded beyond a whole number.
  return (rank - 1) / n >= q ? rank - 1 : rank;
}

/** How `writeNumber` writes the two. */
function flagsOf(min: number, max: number): number {
  const minFlag = Number.isSafeInteger(min) ? 0 : MIN_IS_FLOAT;
  if (max === min) return minFlag | MAX_IS_MIN;
  return minFlag | (Number.isSafeInteger(max) ? 0 : MAX_IS_FLOAT);
}

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value)) out.zigzag(value);
  else out.float64(value);
}

function readNumber(input: ByteReader, isFloat: boolean): number {
  return isFloat ? input.number(NUMBER_MAX) : input.zigzag();
}
