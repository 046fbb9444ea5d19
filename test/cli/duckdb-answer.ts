import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'vitest';

/** A row as `weir try --json` prints it. */
export interface PrintedRow {
  readonly group: Readonly<Record<string, unknown>>;
  readonly windowStart: string;
  readonly windowEnd: string;
  readonly [metric: string]: unknown;
}

/** The rows of a query, each as an object. */
export async function duckdb(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** How an aggregate is asked of DuckDB. Metrics are SQL; `approximate` ones are equal to 1e-9, all others exactly. */
export interface SqlAggregate {
  readonly source: string;
  readonly time: string;
  readonly windowSeconds: number;
  readonly groupBy: readonly string[];
  readonly exact: Readonly<Record<string, string>>;
  readonly approximate?: Readonly<Record<string, string>>;
}

/** Checks an aggregate's printed rows, all of them and in their order, against DuckDB's GROUP BY. */
export async function expectSameAsDuckdb(rows: readonly PrintedRow[], sql: SqlAggregate): Promise<void> {
  const { exact, approximate = {}, groupBy, windowSeconds } = sql;
  const metrics = Object.entries({ ...exact, ...approximate });
  const columns = [
    `(epoch(${sql.time})::BIGINT // ${windowSeconds}) * ${windowSeconds} AS start`,
    ...groupBy,
    ...metrics.map(([name, expression]) => `(${expression})::DOUBLE AS "${name}"`),
  ];
  const expected = await duckdb(`SELECT ${columns.join(', ')} FROM ${sql.source} GROUP BY ALL`);
  const keyOf = (start: number, group: Readonly<Record<string, unknown>>) =>
    `${start} ${groupBy.map((field) => String(group[field])).join(' ')}`;
  const byKey = new Map(expected.map((row) => [keyOf(Number(row['start']), row), row]));
  expect(rows.length).toBe(expected.length);
  let before = '';
  for (const row of rows) {
    const start = Date.parse(row.windowStart) / 1000;
    const wanted = byKey.get(keyOf(start, row.group));
    const order = `${row.windowStart} ${groupBy.map((field) => String(row.group[field])).join(' ')}`;
    if (wanted === undefined || order <= before)
      expect.fail(`not expected, or not here: ${JSON.stringify(row)}`);
    before = order;
    const same =
      Date.parse(row.windowEnd) / 1000 === start + windowSeconds &&
      Object.keys(exact).every((name) => row[name] === wanted[name]) &&
      Object.keys(approximate).every((name) => isNear(row[name], wanted[name]));
    if (!same) expect.fail(`${JSON.stringify(row)} is not as DuckDB has it: ${JSON.stringify(wanted)}`);
  }
}

function isNear(found: unknown, wanted: unknown): boolean {
  if (typeof found !== 'number' || typeof wanted !== 'number') return found === wanted;
  return Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
}
