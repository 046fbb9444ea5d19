import Table from 'cli-table3';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { formatDuration } from '#core/time/duration.ts';
import type { Terminal } from '../terminal.ts';
import { counted, instant, short } from './numbers.ts';

/** Thin rules and no lines between rows: dense, and easy to read down a column. */
const BORDERS = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** An aggregate's rows as a table under a heading; of long ones the first, and a line that says so. */
export function aggregateTable(
  aggregate: Aggregate,
  rows: readonly AggregateRow[],
  { colors }: Pick<Terminal, 'colors'>,
  limits: { readonly rowsMax: number; readonly howToSeeAll: string },
): string {
  const by = aggregate.groupBy.length === 0 ? 'all together' : `by ${aggregate.groupBy.join(', ')}`;
  const heading = `${colors.bold(aggregate.name)} ${colors.dim(
    `· every ${formatDuration(aggregate.window.sizeMs)} ${by} · ${counted(rows.length, 'row')}`,
  )}`;
  if (rows.length === 0) return `${heading}\n`;
  const metrics = aggregate.metrics.map(({ name }) => name);
  const head = ['window', ...aggregate.groupBy, ...metrics];
  const table = new Table({
    head: head.map((name) => colors.cyan(name)),
    colAligns: head.map((name) => (metrics.includes(name) ? 'right' : 'left')),
    chars: BORDERS,
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows.slice(0, limits.rowsMax)) {
    table.push([
      instant(row.windowStart),
      ...aggregate.groupBy.map((field) => printable(String(row.group[field] ?? null))),
      ...metrics.map((name) => metricText(row.metrics[name] ?? null)),
    ]);
  }
  const left = rows.length - limits.rowsMax;
  const more = left > 0 ? colors.dim(`… and ${counted(left, 'row')} more: ${limits.howToSeeAll}`) : '';
  return `${heading}\n${table.toString()}\n${more === '' ? '' : `${more}\n`}`;
}

function metricText(value: number | null): string {
  return value === null ? '–' : short(value);
}

/** Values come from events: control characters in them must not reach the terminal, and long ones are cut. */
export function printable(text: string): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '�');
  return safe.length > 40 ? `${safe.slice(0, 39)}…` : safe;
}
