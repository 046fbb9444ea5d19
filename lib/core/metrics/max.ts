import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { MetricColumn, MetricKind, MetricValue } from './metric-kind.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import { sameKind } from './same-kind.ts';

/** Where there is no event: any number is greater, and it is none that an event can have. */
const NONE = -Infinity;

class MaxColumn implements MetricColumn {
  readonly #max: number[] = [];

  addRow(): void {
    this.#max.push(NONE);
  }

  add(row: number, x: number): void {
    // Adding 0 turns -0 into 0: which of the two came first must not show.
    if (x > (this.#max[row] as number)) this.#max[row] = x + 0;
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    this.add(row, sameKind(MaxColumn, other).#max[otherRow] as number);
  }

  value(row: number): MetricValue {
    return this.#number(row) ?? null;
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    writeNumbers(
      out,
      rows.map((row) => this.#number(row)),
    );
  }

  static read(input: ByteReader, rows: number): MaxColumn {
    const column = new MaxColumn();
    for (const number of readNumbers(input, rows)) column.#max.push(number ?? NONE);
    return column;
  }

  #number(row: number): number | undefined {
    const number = this.#max[row];
    return number === NONE ? undefined : number;
  }
}

/** The greatest number; `null` where there is no event. */
export const max: MetricKind = {
  kind: 'max',
  input: 'number',
  newColumn: () => new MaxColumn(),
  readColumn: MaxColumn.read,
};
