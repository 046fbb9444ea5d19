import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { boundedValue } from './bounded-value.ts';
import type { Scalar } from './scalar.ts';
import { compareScalars, readSortedScalars, writeSortedScalars } from './sorted-scalars.ts';

export interface TopKParams {
  /** How many values are kept, a whole number from 1 to 10,000. No count is off by more than total / (capacity + 1). */
  readonly capacity: number;
}

/** A capacity for the `k` most frequent values: far more than are asked for, so that their counts are mostly exact. */
export function capacityForTop(k: number): number {
  return Math.max(10 * k, 100);
}

/** One of the most frequent values: it came at most `count` times, and at least `count - error` times. */
export interface TopKItem {
  /** A string of over 256 bytes is cut, and ends in an ellipsis and a hash: see `boundedValue`. */
  readonly value: Scalar;
  readonly count: number;
  /** 0 where the count is exact. */
  readonly error: number;
}

const VERSION = 1;

const CAPACITY_MAX = 10_000;

/** Adding goes on until this many times the capacity, then the least are dropped all at once. */
const SLACK = 2;

/** What is known of a value's count: at most `most`, at least `most - error`. */
interface Bounds {
  most: number;
  error: number;
}

type Entry = readonly [value: Scalar, bounds: Bounds];

interface Kept {
  readonly entries: readonly Entry[];
  readonly floor: number;
}

/**
 * The most frequent values: Misra-Gries (1982), merged as in Agarwal et al. (Mergeable Summaries, PODS 2012), written
 * with upper bounds as SpaceSaving does (Metwally et al., ICDT 2005), to which it is isomorphic; each value's error
 * is kept too.
 *
 * No value that is not kept came more than `floor` times. A value that is kept again starts from there. To drop all
 * but `capacity` values is to raise the floor to the greatest count dropped. That takes the rise from what at least
 * capacity + 1 values have above the floor; and what all have above it is never more than what was added. So
 * floor ≤ total / (capacity + 1), whatever the order and the split of adds and merges (then floors add up).
 *
 * As long as there are no more than `capacity` different values, all is exact, and the state depends on the multiset of
 * values alone. Beyond, it depends on the order too, within the bounds; the same steps give the same bytes, ties being
 * broken by the value. `a.merge(b)` and `b.merge(a)` are the same, and merging what was encoded is the same as merging
 * what was not.
 */
export class TopK {
  readonly #capacity: number;
  #entries = new Map<Scalar, Bounds>();
  #floor = 0;
  #total = 0;

  private constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Of no values. Throws `RangeError` for a capacity out of range. */
  static empty(params: TopKParams): TopK {
    const { capacity } = params;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > CAPACITY_MAX) {
      throw new RangeError(`a capacity is a whole number from 1 to ${CAPACITY_MAX}, not ${capacity}`);
    }
    return new TopK(capacity);
  }

  /** How many values were added, counting each as often as it came. */
  get total(): number {
    return this.#total;
  }

  /** No value beyond the items came more often than this; 0 means that all are there, exactly. */
  get errorMax(): number {
    return this.#kept().floor;
  }

  /**
   * Adds a value, `count` times. Throws `RangeError` for a number that is not finite, for a count that is no whole
   * number from 1, and where the total would be beyond 2^53 - 1.
   */
  add(value: Scalar, count = 1): void {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`a value is added a whole number of times, not ${count}`);
    }
    const bounded = boundedValue(value);
    this.#grow(count);
    const bounds = this.#entries.get(bounded);
    if (bounds !== undefined) {
      bounds.most += count;
      return;
    }
    this.#entries.set(bounded, { most: this.#floor + count, error: this.#floor });
    if (this.#entries.size > SLACK * this.#capacity) this.#keep(this.#kept());
  }

  /** Adds all values of `other`, which stays as it is. Throws `RangeError` if it has another capacity. */
  merge(other: TopK): void {
    if (other.#capacity !== this.#capacity) {
      throw new RangeError(`can't merge capacity ${other.#capacity} into capacity ${this.#capacity}`);
    }
    const here = this.#kept();
    const there = other.#kept();
    this.#grow(other.#total);
    // A value that one of them has not kept may have come there as often as its floor.
    const merged = new Map<Scalar, Bounds>();
    for (const [value, { most, error }] of here.entries) {
      merged.set(value, { most: most + there.floor, error: error + there.floor });
    }
    for (const [value, { most, error }] of there.entries) {
      const bounds = merged.get(value);
      if (bounds === undefined) {
        merged.set(value, { most: most + here.floor, error: error + here.floor });
      } else {
        bounds.most += most - there.floor;
        bounds.error += error - there.floor;
      }
    }
    this.#entries = merged;
    this.#floor = here.floor + there.floor;
    this.#keep(this.#kept());
  }

  /** The `k` values that came most often, by count, most first; then by error, least first; then by value. */
  items(k: number): TopKItem[] {
    return this.#kept()
      .entries.toSorted(byRank)
      .slice(0, k)
      .map(([value, { most, error }]) => ({ value, count: most, error }));
  }

  /** About how many bytes `encode` writes, if values are short. */
  get byteLength(): number {
    return 10 + 12 * Math.min(this.#entries.size, this.#capacity);
  }

  /**
   * Version, floor, values in order, what each count exceeds the floor by; then, unless the floor is 0, the errors and
   * the total. What is written has no more values than the capacity; the sketch itself stays as it is.
   */
  encode(out: ByteWriter): void {
    const { entries, floor } = this.#kept();
    const sorted = entries.toSorted(([a], [b]) => compareScalars(a, b));
    out.byte(VERSION);
    out.varint(floor);
    const values = sorted.map(([value]) => value);
    writeSortedScalars(out, values);
    for (const [, { most }] of sorted) out.varint(most - floor);
    if (floor === 0) return;
    for (const [, { error }] of sorted) out.varint(error);
    out.varint(this.#total);
  }

  /** Reads what `encode` wrote for the same parameters. Throws `CorruptError` for anything else. */
  static decode(input: ByteReader, params: TopKParams): TopK {
    const sketch = TopK.empty(params);
    const version = input.byte('a version of top values');
    if (version !== VERSION) throw input.corrupt(`top values of version ${VERSION}`, `version ${version}`);
    sketch.#read(input);
    return sketch;
  }

  #read(input: ByteReader): void {
    const floor = input.varint('the floor of counts');
    const values = readSortedScalars(input, this.#capacity);
    if (floor > 0 && values.length < this.#capacity) {
      throw input.corrupt(`${this.#capacity} values, as there are more`, `${values.length}`);
    }
    let above = 0;
    const counts: number[] = [];
    for (let at = 0; at < values.length; at++) {
      const count = input.varint('a count');
      if (count === 0 && floor === 0) throw input.corrupt('a value that came', 'one that did not');
      above += count;
      counts.push(count);
    }
    for (const [at, value] of values.entries()) {
      const most = floor + (counts[at] as number);
      const error = floor === 0 ? 0 : input.varint('an error');
      if (error > floor || error >= most) throw input.corrupt('an error below floor and count', `${error}`);
      this.#entries.set(value, { most, error });
    }
    const total = floor === 0 ? above : input.varint('a total');
    if (!(above + (this.#capacity + 1) * floor <= Math.min(total, Number.MAX_SAFE_INTEGER))) {
      throw input.corrupt('a total of all counts', 'less');
    }
    this.#floor = floor;
    this.#total = total;
  }

  /** What is left if there are too many, or else all there is. Changes nothing: to look must make no difference. */
  #kept(): Kept {
    const entries = [...this.#entries];
    if (entries.length <= this.#capacity) return { entries, floor: this.#floor };
    entries.sort(byRank);
    const floor = entries[this.#capacity]?.[1].most ?? this.#floor;
    return { entries: entries.slice(0, this.#capacity), floor };
  }

  #keep({ entries, floor }: Kept): void {
    if (entries.length < this.#entries.size) this.#entries = new Map(entries);
    this.#floor = floor;
  }

  #grow(count: number): void {
    const grown = this.#total + count;
    if (!Number.isSafeInteger(grown)) throw new RangeError('top values take at most 2^53 - 1 values');
    this.#total = grown;
  }
}

function byRank([a, x]: Entry, [b, y]: Entry): number {
  return y.most - x.most || x.error - y.error || compareScalars(a, b);
}
