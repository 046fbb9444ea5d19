import type { AggregateAnswer, WindowState } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import { windowText } from '#app/query/window-text.ts';
import type { Terminal } from '../terminal.ts';

/** Rows that are put into one write. */
const ROWS_PER_WRITE = 1000;

/** A row as JSON: times in ISO 8601, UTC, and the metrics beside them; of a final window, that it is, and what it lacks. */
export function rowJson(
  { group, windowStart, windowEnd, metrics }: AggregateRow,
  state?: WindowState,
): string {
  return JSON.stringify({
    group,
    windowStart: new Date(windowStart).toISOString(),
    windowEnd: new Date(windowEnd).toISOString(),
    ...(state?.final && { 'window.final': true, 'window.amended': state.amended }),
    ...(state?.partial !== undefined && { 'window.partial': state.partial }),
    ...(state?.holes && { 'window.reduced': state.holes.reduced, 'window.held': state.holes.held }),
    ...metrics,
  });
}

/** Prints rows as a JSON array, one row a line, in parts: the whole can be larger than a string may be. */
export async function printRows(
  terminal: Terminal,
  { rows, windows }: Pick<AggregateAnswer, 'rows' | 'windows'>,
): Promise<void> {
  const states = new Map(windows.map((state) => [windowText(state), state]));
  await terminal.print('[');
  for (let start = 0; start < rows.length; start += ROWS_PER_WRITE) {
    const part = rows
      .slice(start, start + ROWS_PER_WRITE)
      .map((row) => `\n${rowJson(row, states.get(windowText(row)))}`);
    await terminal.print(`${start === 0 ? '' : ','}${part.join(',')}`);
  }
  await terminal.print(']');
}
