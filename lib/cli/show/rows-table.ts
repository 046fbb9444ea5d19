import Table from 'cli-table3';
import type { WindowState } from '#app/query/answer-aggregate.ts';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { formatDuration } from '#core/time/duration.ts';
import type { Terminal } from '../terminal.ts';
import { metricText } from './metric-text.ts';
import { counted, instant } from './numbers.ts';
import { WindowMarks } from './window-marks.ts';

/** Thin rules and no lines between rows: dense, and easy to read down a column. */
const BORDERS = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** What is known of a table's rows. */
export interface TableWindows {
  /** Size of the windows; the aggregate's own where it is not given. */
  readonly levelMs?: number;
  /** Of these, the final ones are marked. */
  readonly windows?: readonly WindowState[];
}

/** An aggregate's rows as a table under a heading; of long ones the first, and a line that says so. */
export function aggregateTable(
  aggregate: Aggregate,
  rows: readonly AggregateRow[],
  { colors }: Pick<Terminal, 'colors'>,
  limits: { readonly rowsMax: number; readonly howToSeeAll: string },
  { levelMs = aggregate.window.sizeMs, windows = [] }: TableWindows = {},
): string {
  const by = aggregate.groupBy.length === 0 ? 'all together' : `by ${aggregate.groupBy.join(', ')}`;
  const marks = new WindowMarks(windows);
  const isSession = aggregate.window.type === 'session';
  const windowsText = `${isSession ? 'sessions with gaps of' : 'every'} ${formatDuration(levelMs)}`;
  const about = [`${windowsText} ${by}`, counted(rows.length, 'row'), marks.legend()];
  const heading = `${colors.bold(aggregate.name)} ${colors.dim(
    `· ${about.filter((part) => part !== '').join(' · ')}`,
  )}`;
  if (rows.length === 0) return `${heading}\n`;
  const metrics = aggregate.metrics.map(({ name }) => name);
  const head = [...(isSession ? ['start', 'end'] : ['window']), ...aggregate.groupBy, ...metrics];
  const table = new Table({
    head: head.map((name) => colors.cyan(name)),
    colAligns: head.map((name) => (metrics.includes(name) ? 'right' : 'left')),
    chars: BORDERS,
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows.slice(0, limits.rowsMax)) {
    table.push([
      `${instant(row.windowStart)}${marks.of(row)}`,
      ...(isSession ? [instant(row.windowEnd)] : []),
      ...aggregate.groupBy.map((field) => printable(String(row.group[field] ?? null))),
      ...metrics.map((name) => printable(metricText(row.metrics[name] ?? null))),
    ]);
  }
  const left = rows.length - limits.rowsMax;
  const more = left > 0 ? colors.dim(`… and ${counted(left, 'row')} more: ${limits.howToSeeAll}`) : '';
  return `${heading}\n${table.toString()}\n${more === '' ? '' : `${more}\n`}`;
}

/** Values come from events: control characters in them must not reach the terminal, and long ones are cut. */
export function printable(text: string): string {
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '�');
  return safe.length > 40 ? `${safe.slice(0, 39)}…` : safe;
}
