import type { EpochMs } from '#core/brand.ts';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { type EventOrder, NO_PLACE } from '#core/metrics/event-order.ts';
import type { ColumnKind, MetricColumn, Scalar } from '#core/metrics/metric-kind.ts';

/** For metrics to which the order of events is nothing. */
export const ORDER: EventOrder = { time: 0 as EpochMs, ...NO_PLACE };

/** What one event gives to a metric. */
export interface Sample {
  readonly value: Scalar;
  readonly order: EventOrder;
  /** For kinds that are ranked by the number of a second field. */
  readonly by?: number;
}

export function samplesOf(values: readonly Scalar[]): Sample[] {
  return values.map((value) => ({ value, order: ORDER }));
}

/** A column of one row a list, to which the list's samples were added in their order. */
export function columnOfSamples(kind: ColumnKind, ...lists: readonly (readonly Sample[])[]): MetricColumn {
  const column = kind.newColumn();
  for (const [row, samples] of lists.entries()) {
    column.addRow();
    for (const { value, order, by } of samples) column.add(row, value, order, by);
  }
  return column;
}

export function columnOf(kind: ColumnKind, ...lists: readonly (readonly Scalar[])[]): MetricColumn {
  return columnOfSamples(kind, ...lists.map(samplesOf));
}

export function written(column: MetricColumn, rows: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  column.write(out, rows);
  return out.finish();
}

export function readBack(kind: ColumnKind, bytes: Uint8Array, rows: number): MetricColumn {
  const input = new ByteReader(bytes);
  const column = kind.readColumn(input, rows);
  input.end();
  return column;
}
