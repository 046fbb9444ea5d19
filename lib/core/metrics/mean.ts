import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { Counts } from './counts.ts';
import { exactOf, roundRatio } from './exact-ratio.ts';
import { ExactSums } from './exact-sum.ts';
import type { MetricColumn, MetricKind, MetricValue } from './metric-kind.ts';
import { sameKind } from './same-kind.ts';

class MeanColumn implements MetricColumn {
  readonly #counts: Counts;
  readonly #sums: ExactSums;

  constructor(counts: Counts, sums: ExactSums) {
    this.#counts = counts;
    this.#sums = sums;
  }

  addRow(): void {
    this.#counts.addRow();
    this.#sums.addRow();
  }

  add(row: number, x: number): void {
    this.#counts.add(row, 1);
    this.#sums.add(row, x);
  }

  merge(row: number, other: MetricColumn, otherRow: number): void {
    const from = sameKind(MeanColumn, other);
    this.#counts.add(row, from.#counts.value(otherRow));
    this.#sums.merge(row, from.#sums, otherRow);
  }

  value(row: number): MetricValue {
    const events = this.#counts.value(row);
    if (events === 0) return null;
    const components = this.#sums.components(row);
    // One division rounds once, which is all that is wanted; several doubles must not be rounded before it.
    if (components.length <= 1) return (components[0] ?? 0) / events + 0;
    return roundRatio(exactOf(components), BigInt(events));
  }

  write(out: ByteWriter, rows: readonly number[]): void {
    this.#counts.write(out, rows);
    this.#sums.write(out, rows);
  }

  static read(input: ByteReader, rows: number): MeanColumn {
    return new MeanColumn(Counts.read(input, rows), ExactSums.read(input, rows));
  }
}

/** The exact sum over the count, rounded once; `null` where there is no event. */
export const mean: MetricKind = {
  kind: 'mean',
  input: 'number',
  newColumn: () => new MeanColumn(new Counts(), new ExactSums()),
  readColumn: MeanColumn.read,
};
