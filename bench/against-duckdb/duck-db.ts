import { DuckDBInstance } from '@duckdb/node-api';

export type SqlRow = Readonly<Record<string, unknown>>;

/** A database in memory, as the second opinion. */
export interface DuckDb {
  run(sql: string): Promise<void>;
  /** The rows of a query, each as an object; what JSON has no number for is text. */
  rows(sql: string): Promise<SqlRow[]>;
  close(): void;
}

export async function openDuckDb(): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // Days and minutes are those of UTC, wherever this runs.
  await connection.run("SET TimeZone = 'UTC'");
  return {
    run: async (sql) => void (await connection.run(sql)),
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
