import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { Counts } from './counts.ts';
import type { MetricColumn, MetricKind } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

class CountColumn implements MetricColumn {
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  addRow(): void {
    this.#counts.addRow();
  }

  add(row: number): void {
    this.#counts.add(row, 1);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    this.#counts.add(row, sameKind(CountColumn, other).#counts.value(otherRow));
  }

  value(row: number): number {
    return this.#counts.value(row);
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    this.#counts.write(out, rows);
  }

  static read(input: ByteReader, rows: number): CountColumn {
    return new CountColumn(Counts.read(input, rows));
  }
}

/** How many events. */
export const count: MetricKind = {
  kind: 'count',
  input: 'nothing',
  newColumn: () => new CountColumn(new Counts()),
  readColumn: CountColumn.read,
};
