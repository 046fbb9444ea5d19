import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { MetricColumn, MetricKind } from '#core/metrics/metric-kind.ts';

/** A column of one row a list, to which the list's numbers were added in their order. */
export function columnOf(kind: MetricKind, ...lists: readonly (readonly number[])[]): MetricColumn {
  const column = kind.newColumn();
  for (const [row, numbers] of lists.entries()) {
    column.addRow();
    for (const x of numbers) column.add(row, x);
  }
  return column;
}

export function written(column: MetricColumn, rows: readonly number[]): Uint8Array {
  const out = new ByteWriter();
  column.write(out, rows);
  return out.finish();
}

export function readBack(kind: MetricKind, bytes: Uint8Array, rows: number): MetricColumn {
  const input = new ByteReader(bytes);
  const column = kind.readColumn(input, rows);
  input.end();
  return column;
}
