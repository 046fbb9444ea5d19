import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { Counts } from './counts.ts';
import type { MetricColumn, MetricKind, MetricValue } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

/** A count, as in `count`; the division waits until it is read, since a roll-up's windows are longer than their parts. */
class RateColumn implements MetricColumn {
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
    this.#counts.add(row, sameKind(RateColumn, other).#counts.value(otherRow));
  }

  value(row: number, windowMs?: number): MetricValue {
    return windowMs === undefined ? null : (this.#counts.value(row) * 1000) / windowMs;
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    this.#counts.write(out, rows);
  }

  static read(input: ByteReader, rows: number): RateColumn {
    return new RateColumn(Counts.read(input, rows));
  }
}

/** Events a second, over the whole length of the window; `null` where the reader does not know that length. */
export const rate: MetricKind = {
  kind: 'rate',
  input: 'nothing',
  newColumn: () => new RateColumn(new Counts()),
  readColumn: RateColumn.read,
};
