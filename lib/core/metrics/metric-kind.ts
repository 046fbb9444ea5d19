import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { Scalar } from '#core/sketches/scalar.ts';
import type { EventOrder } from './event-order.ts';

/** A value of an event's field: a number is finite and not -0, a string within the kind's limit. */
export type { Scalar } from '#core/sketches/scalar.ts';

/**
 * A metric's answer for one group, as JSON has it; `null` where no event contributed (a `max` of nothing). Most are
 * numbers; a histogram is a list of buckets.
 */
export type MetricValue = Scalar | null | readonly MetricValue[] | { readonly [name: string]: MetricValue };

/** What a metric takes from each event: nothing (`count`), a finite number, or any value of a field. */
export type MetricInput = 'nothing' | 'number' | 'scalar';

/**
 * The states of one metric for all groups of a window, by row. Rows are added at the end and never removed.
 *
 * A state is commutative and mergeable: any split of the events into rows, merged in any order, gives the same
 * value and the same written bytes (but for summaries that say otherwise).
 */
export interface MetricColumn<Value extends Scalar = Scalar> {
  /** Adds one row in the identity state: merging it into another changes nothing. */
  addRow(): void;
  /**
   * Takes one event's value into a row. For metrics that take nothing, `value` is ignored. `order` is the event's
   * during this call only; it must be copied to be kept. `by` is the number of a second field, for kinds that are ranked
   * by one. Must not throw: an event is in all aggregates or in none.
   */
  add(row: number, value: Value, order: EventOrder, by?: number): void;
  /** Merges row `otherRow` of `other`, a column of the same kind, into `row`. `other` is left as it was. */
  merge(row: number, other: MetricColumn, otherRow: number): void;
  /** The answer for a row. `windowMs`: how long its window is; without it, what depends on that is `null`. */
  value(row: number, windowMs?: number): MetricValue;
  /** Writes the states of `rows`, in that order, as one column. */
  write(out: ByteWriter, rows: readonly number[]): void;
}

/** What a column of a table is made of: a kind of metric with its parameters. `metricKind` finds it by name. */
export interface ColumnKind {
  /** The kind's name, with its parameters where it has some: `histogram(0,15,60)`. Stored in blocks. */
  readonly kind: string;
  readonly input: MetricInput;
  /** Whether it takes the number of a second field too. */
  readonly isRanked: boolean;
  /** The longest string it takes, in UTF-16 units. */
  readonly textUnitsMax: number;
  newColumn(): MetricColumn;
  /** Reads what `MetricColumn.write` wrote for `rows` rows. */
  readColumn(input: ByteReader, rows: number): MetricColumn;
}

/**
 * A kind of metric: how its columns are made and read back. One object a kind, found by name in `metric-kinds.ts`.
 * All that its states depend on is its name and its parameters, so that blocks are read without a definition.
 */
export interface MetricKind {
  /** Stored in blocks: never renamed, and never given another meaning. */
  readonly kind: string;
  readonly input: MetricInput;
  /** Takes the number of a second field too, beside a value: `maxBy`. */
  readonly isRanked?: boolean;
  /** The longest string it takes, in UTF-16 units; 1,024 unless said, since states may hold such strings. */
  readonly textUnitsMax?: number;
  /** What is wrong with parameters, finite numbers all, and what to give instead. Without it, the kind takes none. */
  readonly explainParams?: (params: readonly number[]) => string | undefined;
  newColumn(params: readonly number[]): MetricColumn;
  readColumn(input: ByteReader, rows: number, params: readonly number[]): MetricColumn;
}
