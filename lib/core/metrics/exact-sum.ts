import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { addToExpansion, canonicalExpansion, squareError, sumError } from './expansion.ts';
import { SUM_MAX } from './number-range.ts';

/** All canonical components are integers of one double: the usual case, a varint a row. */
const MODE_INTEGERS = 0;
/** The number of components of each row, then the components. */
const MODE_COMPONENTS = 1;

/** As many as a canonical form can have: see `canonicalExpansion`. */
const COMPONENTS_MAX = 40;

/**
 * Exact sums of doubles, by row: whatever the order of adds and merges, the rounded value and the written bytes are
 * the same. Numbers must be finite and of magnitude up to `SUM_MAX`.
 *
 * A row's sum is `high + low + rest`. `low` takes what rounding `high` lost; being a double of its own, it holds
 * 53 bits more, so that sums of everyday numbers never need a `rest`, and adding to them allocates nothing.
 */
export class ExactSums {
  readonly #high: number[] = [];
  readonly #low: number[] = [];
  /** An expansion, where the two are not enough. */
  readonly #rest = new Map<number, number[]>();

  addRow(): void {
    this.#high.push(0);
    this.#low.push(0);
  }

  add(row: number, x: number): void {
    const high = this.#high[row] as number;
    const sum = high + x;
    this.#high[row] = sum;
    const error = sumError(high, x, sum);
    if (error !== 0) this.#addLow(row, error);
  }

  /** Adds x², exactly. `x` must be on the grid of `onSquareGrid`. */
  addSquare(row: number, x: number): void {
    const square = x * x;
    const error = squareError(x, square);
    this.add(row, square);
    if (error !== 0) this.#addLow(row, error);
  }

  merge(row: number, other: ExactSums, otherRow: number): void {
    // All is read before anything is added: the rows may be one and the same.
    const low = other.#low[otherRow] as number;
    const rest = other.#rest.get(otherRow)?.slice();
    this.add(row, other.#high[otherRow] as number);
    if (low !== 0) this.#addLow(row, low);
    if (rest !== undefined) for (const component of rest) this.#addRest(row, component);
  }

  /** The exact sum, rounded once, half to even. Never -0. */
  value(row: number): number {
    return this.#rest.has(row)
      ? (this.components(row)[0] ?? 0)
      : (this.#high[row] as number) + (this.#low[row] as number);
  }

  /** The exact sum in canonical form: see `canonicalExpansion`. */
  components(row: number): number[] {
    const high = this.#high[row] as number;
    const low = this.#low[row] as number;
    const rest = this.#rest.get(row);
    if (rest === undefined) {
      const sum = high + low;
      if (sum === 0) return [];
      const error = sumError(high, low, sum);
      return error === 0 ? [sum] : [sum, error];
    }
    const expansion = [...rest];
    addToExpansion(expansion, low);
    addToExpansion(expansion, high);
    return canonicalExpansion(expansion);
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    const sums = rows.map((row) => this.components(row));
    if (sums.every((components) => safeIntegerOf(components) !== undefined)) {
      out.byte(MODE_INTEGERS);
      for (const components of sums) out.zigzag(components[0] ?? 0);
      return;
    }
    out.byte(MODE_COMPONENTS);
    for (const components of sums) out.varint(components.length);
    for (const components of sums) for (const component of components) out.float64(component);
  }

  static read(input: ByteReader, rows: number): ExactSums {
    const sums = new ExactSums();
    const mode = input.byte('the mode of a column of sums');
    if (mode === MODE_INTEGERS) {
      for (let row = 0; row < rows; row++) {
        sums.addRow();
        sums.add(row, input.zigzag('a sum'));
      }
      return sums;
    }
    if (mode !== MODE_COMPONENTS) throw input.corrupt('a mode of a column of sums', `mode ${mode}`);
    const sizes: number[] = [];
    for (let row = 0; row < rows; row++) sizes.push(input.varint('the number of components of a sum'));
    for (const [row, size] of sizes.entries()) {
      if (size > COMPONENTS_MAX) throw input.corrupt('the components of a sum', `${size} of them`);
      sums.addRow();
      for (let at = 0; at < size; at++) sums.add(row, input.number(SUM_MAX, 'a component of a sum'));
    }
    return sums;
  }

  #addLow(row: number, x: number): void {
    const low = this.#low[row] as number;
    const sum = low + x;
    this.#low[row] = sum;
    const error = sumError(low, x, sum);
    if (error !== 0) this.#addRest(row, error);
  }

  #addRest(row: number, x: number): void {
    // NaN and infinities end up here, from wherever they came: in a sum, they would hang `components`.
    if (!Number.isFinite(x)) throw new RangeError('a sum takes finite numbers only: refuse others before');
    const rest = this.#rest.get(row);
    if (rest === undefined) this.#rest.set(row, [x]);
    else addToExpansion(rest, x);
  }
}

/** The sum of canonical components where it is a safe integer, else `undefined`. */
export function safeIntegerOf(components: readonly number[]): number | undefined {
  const sum = components[0] ?? 0;
  return components.length <= 1 && Number.isSafeInteger(sum) ? sum : undefined;
}
