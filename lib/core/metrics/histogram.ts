import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { MetricColumn, MetricKind, MetricValue } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

const BOUNDS_MAX = 1000;

/** Of each bucket that has some, how many numbers it has: bounds may be many, and groups too, and few in a group. */
type BucketCounts = Map<number, number>;

class HistogramColumn implements MetricColumn<number> {
  readonly #bounds: readonly number[];
  readonly #rows: (BucketCounts | undefined)[] = [];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  addRow(): void {
    this.#rows.push(undefined);
  }

  add(row: number, x: number): void {
    this.#addTo(row, this.#bucketOf(x), 1);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(HistogramColumn, other);
    if (String(from.#bounds) !== String(this.#bounds)) {
      throw new TypeError('a histogram merges with those of the same bounds only');
    }
    for (const [bucket, count] of from.#rows[otherRow] ?? []) this.#addTo(row, bucket, count);
  }

  value(row: number): MetricValue {
    const counts = this.#rows[row];
    return Array.from({ length: this.#bounds.length + 1 }, (_, bucket) => ({
      from: this.#bounds[bucket - 1] ?? null,
      to: this.#bounds[bucket] ?? null,
      count: counts?.get(bucket) ?? 0,
    }));
  }

  /** For each row the number of its buckets that have some; for each of these how many are skipped, and its count. */
  write(out: ByteWriter, rows: readonly number[]): void {
    for (const row of rows) {
      const counts = [...(this.#rows[row] ?? [])].sort(([a], [b]) => a - b);
      out.varint(counts.length);
      let next = 0;
      for (const [bucket, count] of counts) {
        out.varint(bucket - next);
        out.varint(count);
        next = bucket + 1;
      }
    }
  }

  static read(input: ByteReader, rows: number, bounds: readonly number[]): HistogramColumn {
    const column = new HistogramColumn(bounds);
    for (let row = 0; row < rows; row++) {
      const size = input.count(2, 'the number of buckets that have some');
      const counts: BucketCounts = new Map();
      let next = 0;
      while (counts.size < size) {
        const bucket = next + input.varint('the number of empty buckets');
        if (bucket > bounds.length) throw input.corrupt(`at most ${bounds.length + 1} buckets`, 'more');
        const count = input.varint('the count of a bucket');
        if (count === 0) throw input.corrupt('a bucket that has some', 'an empty one');
        counts.set(bucket, count);
        next = bucket + 1;
      }
      column.#rows.push(size === 0 ? undefined : counts);
    }
    return column;
  }

  #addTo(row: number, bucket: number, count: number): void {
    const counts = this.#rows[row];
    if (counts === undefined) this.#rows[row] = new Map([[bucket, count]]);
    else counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }

  /** How many bounds are not above `x`. */
  #bucketOf(x: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (x < (this.#bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/**
 * How many numbers lie in each of the buckets that ascending bounds make: below the first bound, from each bound up
 * to below the next, and from the last one on. The counts are exact.
 */
export const histogram: MetricKind = {
  kind: 'histogram',
  input: 'number',
  explainParams: (bounds) => {
    if (bounds.length === 0 || bounds.length > BOUNDS_MAX) {
      return `has ${bounds.length} bounds; give 1 to ${BOUNDS_MAX.toLocaleString('en')}, ascending, e.g. [0, 15, 60]`;
    }
    const at = bounds.findIndex((bound, i) => i > 0 && bound <= (bounds[i - 1] as number));
    return at < 0
      ? undefined
      : `has the bound ${bounds[at]} after ${bounds[at - 1]}; give them ascending, each once`;
  },
  newColumn: (bounds) => new HistogramColumn(bounds),
  readColumn: HistogramColumn.read,
};
