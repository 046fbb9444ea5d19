import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { Terminal } from '../terminal.ts';

/** Rows that are put into one write. */
const ROWS_PER_WRITE = 1000;

/** A row as JSON: times in ISO 8601, UTC, and the metrics beside them. */
export function rowJson({ group, windowStart, windowEnd, metrics }: AggregateRow): string {
  return JSON.stringify({
    group,
    windowStart: new Date(windowStart).toISOString(),
    windowEnd: new Date(windowEnd).toISOString(),
    ...metrics,
  });
}

/** Prints rows as a JSON array, one row a line, in parts: the whole can be larger than a string may be. */
export async function printRows(terminal: Terminal, rows: readonly AggregateRow[]): Promise<void> {
  await terminal.print('[');
  for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
    const part = rows.slice(start, start + ROWS_PER_WRITE).map((row) => `\n${rowJson(row)}`);
    await terminal.print(`${start === 0 ? '' : ','}${part.join(',')}`);
  }
  await terminal.print(']');
}
