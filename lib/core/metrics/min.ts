import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { MetricColumn, MetricKind, MetricValue } from './metric-kind.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import { sameKind } from './same-kind.ts';

/** Where there is no event: any number is less, and it is none that an event can have. */
const NONE = Infinity;

class MinColumn implements MetricColumn {
  readonly #min: number[] = [];

  addRow(): void {
    this.#min.push(NONE);
  }

  add(row: number, x: number): void {
    // Adding 0 turns -0 into 0: which of the two came first must not show.
    if (x < (this.#min[row] as number)) this.#min[row] = x + 0;
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    this.add(row, sameKind(MinColumn, other).#min[otherRow] as number);
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

  static read(input: ByteReader, rows: number): MinColumn {
    const column = new MinColumn();
    for (const number of readNumbers(input, rows)) column.#min.push(number ?? NONE);
    return column;
  }

  #number(row: number): number | undefined {
    const number = this.#min[row];
    return number === NONE ? undefined : number;
  }
}

/** The least number; `null` where there is no event. */
export const min: MetricKind = {
  kind: 'min',
  input: 'number',
  newColumn: () => new MinColumn(),
  readColumn: MinColumn.read,
};
