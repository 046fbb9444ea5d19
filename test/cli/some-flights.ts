import { join } from 'node:path';
import { duckdb } from './duckdb-answer.ts';
import { DATA } from './run-weir.ts';

/** Real flights of a few hours, as a file and as a table in DuckDB's SQL: many events for few windows. */
export interface SomeFlights {
  readonly path: string;
  readonly source: string;
  readonly time: string;
}

/** Writes the flights `[from, from + count)` of three million to a file; its name tells the format. */
export async function someFlights(
  folder: string,
  name: string,
  from: number,
  count: number,
): Promise<SomeFlights> {
  const path = join(folder, name);
  const rows = `SELECT * FROM '${DATA}flights-3m.parquet' LIMIT ${count} OFFSET ${from}`;
  await duckdb(`COPY (${rows}) TO '${path}'`);
  return { path, source: `'${path}'`, time: 'date::TIMESTAMP' };
}
