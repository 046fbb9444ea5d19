import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { Counts } from './counts.ts';
import { addExact, type Exact, exactOf, roundRatio } from './exact-ratio.ts';
import { ExactSums, safeIntegerOf } from './exact-sum.ts';
import type { MetricColumn, MetricValue } from './metric-kind.ts';
import { onSquareGrid } from './number-range.ts';
import { sameKind } from './same-kind.ts';

/** What tells how far numbers are spread: their count, their exact sum and that of their squares. */
export abstract class SpreadColumn implements MetricColumn<number> {
  #counts = new Counts();
  #sums = new ExactSums();
  #squares = new ExactSums();

  addRow(): void {
    this.#counts.addRow();
    this.#sums.addRow();
    this.#squares.addRow();
  }

  add(row: number, x: number): void {
    const value = onSquareGrid(x);
    this.#counts.add(row, 1);
    this.#sums.add(row, value);
    this.#squares.addSquare(row, value);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(this.constructor as new () => SpreadColumn, other);
    this.#counts.add(row, from.#counts.value(otherRow));
    this.#sums.merge(row, from.#sums, otherRow);
    this.#squares.merge(row, from.#squares, otherRow);
  }

  value(row: number): MetricValue {
    const events = this.#counts.value(row);
    return events === 0 ? null : this.spread(this.#variance(row, events));
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    this.#counts.write(out, rows);
    this.#sums.write(out, rows);
    this.#squares.write(out, rows);
  }

  /** The answer where there are events. */
  protected abstract spread(variance: number): number;

  protected fill(input: ByteReader, rows: number): this {
    this.#counts = Counts.read(input, rows);
    this.#sums = ExactSums.read(input, rows);
    this.#squares = ExactSums.read(input, rows);
    return this;
  }

  /**
   * (n·Q − S²) / n², rounded once, with Q the sum of squares and S the sum. The two products may agree in nearly all
   * of their digits, so the difference is taken exactly.
   */
  #variance(row: number, events: number): number {
    const sums = this.#sums.components(row);
    const squares = this.#squares.components(row);
    const fast = varianceOfIntegers(events, safeIntegerOf(sums), safeIntegerOf(squares));
    if (fast !== undefined) return fast;
    const n = BigInt(events);
    const s = exactOf(sums);
    const q = exactOf(squares);
    const product: Exact = { units: n * q.units, exponent: q.exponent };
    const negatedSquare: Exact = { units: -s.units * s.units, exponent: 2 * s.exponent };
    // Less than 0 is only what foreign bytes can hold.
    return Math.max(0, roundRatio(addExact(product, negatedSquare), n * n));
  }
}

/** The same where doubles do it exactly up to the division, the one rounding; else `undefined`. */
function varianceOfIntegers(n: number, s: number | undefined, q: number | undefined): number | undefined {
  if (s === undefined || q === undefined) return undefined;
  // S² needs no check of its own: it is never more than n·Q (Cauchy and Schwarz).
  const exact = Number.isSafeInteger(n * q) && Number.isSafeInteger(n * n);
  return exact ? Math.max(0, n * q - s * s) / (n * n) : undefined;
}
