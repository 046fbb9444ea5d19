import { QUERY_LIMITS } from '#contracts/query-api.ts';
import { utf8BytesMax } from '#core/records/utf8-size.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import type { WindowState } from '../query/answer-aggregate.ts';
import { windowText } from '../query/window-text.ts';

/** Gathers rows until an answer is full, in rows or in bytes. */
export class Page {
  readonly #rowsMax: number;
  readonly #bytesMax: number;
  #rowCount = 0;
  #bytes = 0;

  constructor(rowsMax: number, bytesMax: number = QUERY_LIMITS.bodyBytesMax) {
    this.#rowsMax = rowsMax;
    this.#bytesMax = bytesMax;
  }

  get isFull(): boolean {
    return this.#rowCount >= this.#rowsMax || this.#bytes >= this.#bytesMax;
  }

  /** How many of the rows, from the first on, still fit: at least one in an empty page, whatever its size. */
  take(rows: readonly AggregateRow[]): number {
    for (const [index, row] of rows.entries()) {
      if (this.isFull) return index;
      const bytes = bytesOf(row);
      if (this.#bytes + bytes > this.#bytesMax && this.#rowCount > 0) {
        this.#bytes = this.#bytesMax;
        return index;
      }
      this.#bytes += bytes;
      this.#rowCount += 1;
    }
    return rows.length;
  }
}

/** A row with some of its metrics. */
export function withMetrics(row: AggregateRow, names: readonly string[]): AggregateRow {
  return { ...row, metrics: Object.fromEntries(names.map((name) => [name, row.metrics[name] ?? null])) };
}

/** The order of rows within their window, as text: that of `queryAggregate`. */
export function orderOf(row: AggregateRow): string {
  return JSON.stringify(Object.values(row.group));
}

/** Those of the windows that rows are of, and those that lack something, with rows or without. */
export function windowsOf(rows: readonly AggregateRow[], windows: readonly WindowState[]): WindowState[] {
  const texts = new Set(rows.map(windowText));
  return windows.filter((window) => window.holes !== undefined || texts.has(windowText(window)));
}

/** A row's bytes in an answer: about as JSON, which the other formats do not exceed. */
function bytesOf({ group, metrics }: AggregateRow): number {
  return utf8BytesMax(JSON.stringify({ group, metrics })) + ROW_FRAME_BYTES;
}

/** What surrounds a row's group and metrics, its window's times above all. */
const ROW_FRAME_BYTES = 160;
