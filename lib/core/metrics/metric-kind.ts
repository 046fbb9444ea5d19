import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';

/** A metric's answer for one group; `null` where no event contributed (a `max` of nothing). */
export type MetricValue = number | null;

/** What a metric takes from each event: nothing (`count`), or a finite number. */
export type MetricInput = 'nothing' | 'number';

/**
 * The states of one metric for all groups of a window, by row. Rows are added at the end and never removed.
 *
 * A state is commutative and mergeable: any split of the events into rows, merged in any order, gives the same
 * value and the same written bytes.
 */
export interface MetricColumn {
  /** Adds one row in the identity state: merging it into another changes nothing. */
  addRow(): void;
  /** Takes one event's value into a row. For metrics that take nothing, `value` is ignored. */
  add(row: number, value: number): void;
  /** Merges row `otherRow` of `other`, a column of the same kind, into `row`. `other` is left as it was. */
  merge(row: number, other: MetricColumn, otherRow: number): void;
  /** The answer for a row. */
  value(row: number): MetricValue;
  /** Writes the states of `rows`, in that order, as one column. */
  write(out: ByteWriter, rows: readonly number[]): void;
}

/** A kind of metric: how its columns are made and read back. One object a kind, found by name in `metric-kinds.ts`. */
export interface MetricKind {
  /** Stored in blocks: never renamed. */
  readonly kind: string;
  readonly input: MetricInput;
  newColumn(): MetricColumn;
  /** Reads what `MetricColumn.write` wrote for `rows` rows. */
  readColumn(input: ByteReader, rows: number): MetricColumn;
}
