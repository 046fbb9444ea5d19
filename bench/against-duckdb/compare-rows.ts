import type { AggregateRow } from '#app/query/aggregate-rows.ts';
import type { SqlRow } from './duck-db.ts';

/** What an aggregate's rows are held against. */
export interface Expectation {
  readonly aggregate: string;
  /**
   * A query for the same rows: the window's start as `start`, and, where windows differ in length, its end as `end`, in
   * epoch milliseconds; the group's fields; the metrics.
   */
  readonly sql: string;
  readonly groupBy: readonly string[];
  /** Metrics that must be the same, to the last bit. */
  readonly exact: readonly string[];
  /** Metrics that count distinct values by a sketch: how far each may be off follows from the exact count. */
  readonly distinct?: readonly string[];
}

export interface Comparison {
  readonly aggregate: string;
  readonly rows: number;
  /** Rows that are missing, too many or of other values. */
  readonly differences: number;
  /** Some of them, in words. */
  readonly examples: readonly string[];
  /** Values that a sketch counted; how many of them are exact, and how far off the worst is, in standard errors. */
  readonly estimates: { readonly values: number; readonly exact: number; readonly worst: number };
}

const EXAMPLES_MAX = 5;
/** Of a sketch of precision 12, as docs/pipelines.md states it. */
const STANDARD_ERROR = 1.04 / 64;
/** Up to so many values, it is hardly ever off by more than one. */
const NEARLY_EXACT_UP_TO = 682;
/** Not even one of a million answers is off by more. */
const STANDARD_ERRORS_MAX = 5;

/** Compares all rows of an aggregate with those of the query, either way. */
export function compareRows(
  { aggregate, distinct = [], exact, groupBy }: Expectation,
  rows: readonly AggregateRow[],
  expected: readonly SqlRow[],
): Comparison {
  const left = new Map(expected.map((row) => [keyOf(Number(row['start']), groupBy, row), row]));
  const examples: string[] = [];
  const estimates = { values: 0, exact: 0, worst: 0 };
  let differences = 0;
  const differ = (example: string) => {
    differences += 1;
    if (examples.length < EXAMPLES_MAX) examples.push(example);
  };
  for (const row of rows) {
    const key = keyOf(row.windowStart, groupBy, row.group);
    const wanted = left.get(key);
    if (wanted === undefined) {
      differ(`not expected: ${JSON.stringify(row)}`);
      continue;
    }
    left.delete(key);
    const sameEnd = wanted['end'] === undefined || Number(wanted['end']) === row.windowEnd;
    const isSame = exact.every((metric) => isEqual(row.metrics[metric], wanted[metric]));
    for (const metric of distinct) {
      const [found, count] = [Number(row.metrics[metric]), Number(wanted[metric])];
      estimates.values += 1;
      if (found === count) estimates.exact += 1;
      else estimates.worst = Math.max(estimates.worst, Math.abs(found - count) / (STANDARD_ERROR * count));
    }
    const isNear = distinct.every((metric) => isWithin(Number(row.metrics[metric]), Number(wanted[metric])));
    if (!sameEnd || !isSame || !isNear) {
      differ(`${JSON.stringify(row)} is expected to be ${JSON.stringify(wanted)}`);
    }
  }
  for (const row of left.values()) differ(`missing: ${JSON.stringify(row)}`);
  return { aggregate, rows: expected.length, differences, examples, estimates };
}

function keyOf(start: number, groupBy: readonly string[], values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([start, ...groupBy.map((field) => String(values[field]))]);
}

/** DuckDB has 64-bit integers, which JSON has as text. */
function isEqual(found: unknown, wanted: unknown): boolean {
  return typeof found === 'number' ? wanted !== null && found === Number(wanted) : found === wanted;
}

function isWithin(found: number, count: number): boolean {
  const off = Math.abs(found - count);
  return off <= (count <= NEARLY_EXACT_UP_TO ? 1 : STANDARD_ERRORS_MAX * STANDARD_ERROR * count);
}
