import type { AggregateRow } from '../query/aggregate-rows.ts';
import type { WindowState } from '../query/answer-aggregate.ts';
import { windowText } from '../query/window-text.ts';
import type { Freshness } from './answer.ts';
import type { PagePosition } from './cursor.ts';
import type { QueryApiDeps } from './deps.ts';
import { orderOf, type Page, windowsOf, withMetrics } from './page.ts';
import { readForward, type WindowsWanted } from './read-windows.ts';

/** Which rows a page gets, and until when they are read. */
export interface PageWanted {
  readonly windows: WindowsWanted;
  /** Names of the metrics that rows get. */
  readonly metrics: readonly string[];
  readonly matches: (row: AggregateRow) => boolean;
  /** Only rows of windows that are final: beside a session that is, another may begin that is not. */
  readonly isFinalWanted?: boolean;
  /** Where the page before ended. */
  readonly position: Omit<PagePosition, 'part'> | undefined;
  readonly deadline: number;
}

export interface PageRead {
  readonly rows: readonly AggregateRow[];
  readonly windows: readonly WindowState[];
  /** As the first read found it: what was read later goes at least as far. */
  readonly freshness: Freshness;
  /** Where the rest begins; `null`: there is none in this range. */
  readonly next: Omit<PagePosition, 'part'> | null;
}

/** Fills a page with the rows of a range, from a position on. */
export async function readPage(deps: QueryApiDeps, wanted: PageWanted, page: Page): Promise<PageRead> {
  const { deadline, matches, metrics, position } = wanted;
  const from = Math.max(wanted.windows.from, position?.windowStart ?? Number.NEGATIVE_INFINITY);
  const rows: AggregateRow[] = [];
  const windows: WindowState[] = [];
  let freshness: Freshness | undefined;
  for await (const part of readForward(deps.answer, { ...wanted.windows, from })) {
    freshness ??= { newestEvent: part.newestEvent, watermark: part.watermark };
    const finals = new Set(part.windows.filter(({ final }) => final).map(windowText));
    const found = behind(part.rows, position)
      .filter((row) => matches(row) && (!wanted.isFinalWanted || finals.has(windowText(row))))
      .map((row) => withMetrics(row, metrics));
    const taken = found.slice(0, page.take(found));
    rows.push(...taken);
    windows.push(...windowsOf(taken, part.windows));
    if (taken.length < found.length) {
      return { rows, windows, freshness, next: positionBehind(rows, position) ?? atWindow(from) };
    }
    const isEnd = part.end >= wanted.windows.to;
    if (!isEnd && (page.isFull || deps.now() >= deadline)) {
      return { rows, windows, freshness, next: atWindow(part.end) };
    }
  }
  return { rows, windows, freshness: freshness ?? { newestEvent: null, watermark: null }, next: null };
}

/** The rows that the page before did not give. What came since, in front of its last row, is not given either. */
function behind(
  rows: readonly AggregateRow[],
  position: Omit<PagePosition, 'part'> | undefined,
): readonly AggregateRow[] {
  if (position === undefined || position.after === null) return rows;
  const { after, given, windowStart } = position;
  let equal = 0;
  return rows.filter((row) => {
    if (row.windowStart > windowStart) return true;
    if (row.windowStart < windowStart) return false;
    const order = orderOf(row);
    if (order === after) return ++equal > given;
    return order > after;
  });
}

/** Behind the last of these rows. `before` is where they began: they may go on with a row of the same order. */
function positionBehind(
  rows: readonly AggregateRow[],
  before: Omit<PagePosition, 'part'> | undefined,
): Omit<PagePosition, 'part'> | undefined {
  const last = rows.at(-1);
  if (last === undefined) return before;
  const after = orderOf(last);
  const isSame = (row: AggregateRow) => row.windowStart === last.windowStart && orderOf(row) === after;
  // Rows of one order stand side by side.
  const here = rows.slice(-2).filter(isSame).length;
  const earlier = before?.windowStart === last.windowStart && before.after === after ? before.given : 0;
  return { windowStart: last.windowStart, after, given: here + earlier };
}

function atWindow(windowStart: number): Omit<PagePosition, 'part'> {
  return { windowStart, after: null, given: 0 };
}
