import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { ExactSums } from './exact-sum.ts';
import type { MetricColumn, MetricKind } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

class SumColumn implements MetricColumn {
  readonly #sums: ExactSums;

  constructor(sums: ExactSums) {
    this.#sums = sums;
  }

  addRow(): void {
    this.#sums.addRow();
  }

  add(row: number, x: number): void {
    this.#sums.add(row, x);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    this.#sums.merge(row, sameKind(SumColumn, other).#sums, otherRow);
  }

  value(row: number): number {
    return this.#sums.value(row);
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    this.#sums.write(out, rows);
  }

  static read(input: ByteReader, rows: number): SumColumn {
    return new SumColumn(ExactSums.read(input, rows));
  }
}

/** The exact sum, rounded once, when it is read; 0 where there is no event. */
export const sum: MetricKind = {
  kind: 'sum',
  input: 'number',
  newColumn: () => new SumColumn(new ExactSums()),
  readColumn: SumColumn.read,
};
