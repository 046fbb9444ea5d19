import { windowText } from '../query/window-text.ts';
import { type AnswerPart, toIso } from './answer.ts';

/**
 * Rows as CSV after RFC 4180, with a header. Numbers, `true`, `false` and times are as in JSON, what is `null` is an
 * empty cell, an empty text is `""`, and what JSON has as an object or a list is its JSON, as text.
 */
export function toCsv({ aggregate, metrics, rows, windows }: AnswerPart): string {
  const states = new Map(windows.map((window) => [windowText(window), window]));
  const header = [
    ...['windowStart', 'windowEnd', 'window.final', 'window.amended', 'window.partial'],
    ...aggregate.groupBy.map((field) => `group.${field}`),
    ...metrics,
  ];
  const lines = rows.map((row) => {
    const state = states.get(windowText(row));
    return [
      ...[toIso(row.windowStart), toIso(row.windowEnd), state?.final ?? false, state?.amended ?? false],
      // Names of metrics have no blanks.
      state?.partial?.join(' ') ?? null,
      ...aggregate.groupBy.map((field) => row.group[field] ?? null),
      ...metrics.map((name) => row.metrics[name] ?? null),
    ];
  });
  return [header, ...lines].map((cells) => `${cells.map(toCell).join(',')}\r\n`).join('');
}

/** What spreadsheets take for the beginning of a formula. */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

function toCell(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Values come from events: a spreadsheet must not run them. An apostrophe in front makes it text.
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
