import { collapsed } from './log-buckets.ts';

const BUCKETS_AT_FIRST = 4;

/**
 * How many numbers each bucket has: those that have any, in ascending order, 12 bytes each. Sorted, since they are read
 * in order; a new bucket moves those after it, which happens once a bucket.
 */
export class BucketCounts {
  #buckets = new Int32Array(BUCKETS_AT_FIRST);
  #counts = new Float64Array(BUCKETS_AT_FIRST);
  #size = 0;

  /** How many buckets have any. */
  get size(): number {
    return this.#size;
  }

  bucket(at: number): number {
    return this.#buckets[at] as number;
  }

  count(at: number): number {
    return this.#counts[at] as number;
  }

  add(bucket: number, count: number): void {
    const at = this.#find(bucket);
    if (at < this.#size && this.#buckets[at] === bucket) {
      (this.#counts[at] as number) += count;
      return;
    }
    if (this.#size === this.#buckets.length) this.#resize(Math.max(BUCKETS_AT_FIRST, 2 * this.#size));
    this.#buckets.copyWithin(at + 1, at, this.#size);
    this.#counts.copyWithin(at + 1, at, this.#size);
    this.#buckets[at] = bucket;
    this.#counts[at] = count;
    this.#size += 1;
  }

  /** Adds what `other` has, its buckets collapsed by so many levels. */
  merge(other: BucketCounts, levels: number): void {
    const merged = new BucketCounts();
    merged.#resize(this.#size + other.#size);
    let at = 0;
    for (let from = 0; from < other.#size; from++) {
      const bucket = collapsed(other.bucket(from), levels);
      while (at < this.#size && this.bucket(at) <= bucket) {
        merged.#append(this.bucket(at), this.count(at));
        at += 1;
      }
      merged.#append(bucket, other.count(from));
    }
    for (; at < this.#size; at++) merged.#append(this.bucket(at), this.count(at));
    this.#buckets = merged.#buckets;
    this.#counts = merged.#counts;
    this.#size = merged.#size;
  }

  /** Makes one bucket of two neighbours each, `levels` times. */
  collapse(levels: number): void {
    const size = this.#size;
    this.#size = 0;
    // What is written lies before what is still to be read.
    for (let at = 0; at < size; at++) this.#append(collapsed(this.bucket(at), levels), this.count(at));
  }

  /** Adds to the greatest bucket, or to one after it, for which there must be room. */
  #append(bucket: number, count: number): void {
    const last = this.#size - 1;
    if (last >= 0 && this.#buckets[last] === bucket) {
      (this.#counts[last] as number) += count;
    } else {
      this.#buckets[this.#size] = bucket;
      this.#counts[this.#size] = count;
      this.#size += 1;
    }
  }

  /** Where a bucket is, or would be. */
  #find(bucket: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#buckets[middle] as number) < bucket) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #resize(capacity: number): void {
    const buckets = new Int32Array(capacity);
    const counts = new Float64Array(capacity);
    buckets.set(this.#buckets.subarray(0, this.#size));
    counts.set(this.#counts.subarray(0, this.#size));
    this.#buckets = buckets;
    this.#counts = counts;
  }
}
