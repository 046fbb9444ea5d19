import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';

/** Counts of events, by row. Exact up to 2^53 - 1; beyond it, writing them throws. */
export class Counts {
  readonly #counts: number[] = [];

  addRow(): void {
    this.#counts.push(0);
  }

  add(row: number, events: number): void {
    (this.#counts[row] as number) += events;
  }

  value(row: number): number {
    return this.#counts[row] as number;
  }

  /** One varint a row. */
  write(out: ByteWriter, rows: readonly number[]): void {
    for (const row of rows) out.varint(this.value(row));
  }

  static read(input: ByteReader, rows: number): Counts {
    const counts = new Counts();
    for (let row = 0; row < rows; row++) counts.#counts.push(input.varint('a count'));
    return counts;
  }
}
