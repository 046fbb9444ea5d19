import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { AggregateRow } from '#app/query/query-aggregate.ts';
import type { WindowStart } from '#core/brand.ts';
import type { DataSet, ProofAggregate } from './data-sets.ts';
import type { Variant } from './variants.ts';

const DELAYED_PERCENT = 5;
const COPIED = 'hash(id + 11) % 20 = 0';
const COPIED_AFTER_MS = 3_600_000;
const SAMPLES_MAX = 3;

/** What came of comparing one level of an aggregate. */
export interface Comparison {
  readonly rows: number;
  readonly differences: number;
  /** Some of what differs. */
  readonly samples: readonly string[];
}

/** Begins of windows, from one to before another; all where nothing is said. */
interface StartRange {
  readonly from?: WindowStart;
  readonly to?: WindowStart;
}

/** Sessions that begin within so long are read at a time: there are hundreds of thousands. Ends within panes. */
const SESSIONS_READ_MS = 5 * 86_400_000 + 4321;

/** So many events of a data set, taken evenly by time, in DuckDB: where files are made and answers compared. */
export class Expected {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #data: DataSet;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, data: DataSet) {
    this.#instance = instance;
    this.#connection = connection;
    this.#data = data;
  }

  static async load(data: DataSet, events: number): Promise<Expected> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const share = (id: string) => `((${id})::BIGINT * ${events} // ${data.events})`;
    await connection.run(
      `CREATE TABLE events AS SELECT * FROM (${data.sql}) WHERE ${share('id')} > ${share('id - 1')} ORDER BY "at"`,
    );
    return new Expected(instance, connection, data);
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /** Writes the events to a file in the order in which they are to come. Gives its path. */
  async write(
    folder: string,
    { hasDuplicates, order }: Pick<Variant, 'order' | 'hasDuplicates'>,
  ): Promise<string> {
    const path = join(folder, 'events.parquet');
    const behind = `CASE WHEN hash(id + 7) % 100 < ${DELAYED_PERCENT}
      THEN ${this.#data.delayMs} * (1 + (hash(id) % 1000) / 1000) ELSE 0 END`;
    const by = { 'by time': '"at"', shuffled: 'hash(id), id', delayed: `"at" + ${behind}, id` }[order];
    // Copies come some hundred events later.
    const events = hasDuplicates
      ? `(SELECT *, 0 AS later FROM events
          UNION ALL SELECT *, ${COPIED_AFTER_MS} AS later FROM events WHERE ${COPIED}) ORDER BY "at" + later, id`
      : `events ORDER BY ${by}`;
    await this.#connection.run(
      `COPY (SELECT * ${hasDuplicates ? 'EXCLUDE later' : ''} FROM ${events}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 100000)`,
    );
    return path;
  }

  /** Events of which a file with duplicates has two. */
  async copies(): Promise<number> {
    const result = await this.#connection.runAndReadAll(
      `SELECT count(*)::INT AS copies FROM events WHERE ${COPIED}`,
    );
    return Number(result.getRowObjectsJson()[0]?.['copies']);
  }

  /** The ranges in which an aggregate is read; together all of it. */
  async ranges({ isOfSessions }: ProofAggregate): Promise<StartRange[]> {
    if (!isOfSessions) return [{}];
    const result = await this.#connection.runAndReadAll(
      'SELECT min("at")::DOUBLE AS first, max("at")::DOUBLE AS last FROM events',
    );
    const [{ first, last } = {}] = result.getRowObjectsJson();
    const ranges: StartRange[] = [];
    for (let from = Number(first); from <= Number(last); from += SESSIONS_READ_MS) {
      ranges.push({ from: from as WindowStart, to: (from + SESSIONS_READ_MS) as WindowStart });
    }
    return ranges;
  }

  /** Compares an aggregate's rows at one level, those that begin in a range and every metric, bit for bit. */
  async compare(
    aggregate: ProofAggregate,
    levelSeconds: number,
    found: readonly AggregateRow[],
    range: StartRange = {},
  ): Promise<Comparison> {
    const { groupBy, metrics, name } = aggregate;
    const sql = aggregate.isOfSessions
      ? await this.#sessionsSql(aggregate, levelSeconds, range)
      : windowsSql(aggregate, levelSeconds);
    const result = await this.#connection.runAndReadAll(sql);
    const expected = new Map<string, string>();
    for (const row of result.getRowObjectsJson()) {
      const group = groupBy.map((field) => row[field]);
      const values = Object.keys(metrics).map((metric) => row[metric]);
      const window = [row['windowStart'], row['windowEnd']].map(Number);
      expected.set(JSON.stringify([...window, ...group]), JSON.stringify(values));
    }
    const samples: string[] = [];
    let differences = 0;
    const differ = (what: string) => {
      differences += 1;
      if (samples.length < SAMPLES_MAX) samples.push(`${name} by ${levelSeconds} s: ${what}`);
    };
    for (const row of found) {
      const group = groupBy.map((field) => row.group[field]);
      const key = JSON.stringify([row.windowStart, row.windowEnd, ...group]);
      const values = JSON.stringify(Object.keys(metrics).map((metric) => plain(row.metrics[metric])));
      const wanted = expected.get(key);
      if (wanted !== values) differ(`${key} is ${values}, and ${wanted ?? 'nothing'} in DuckDB`);
      expected.delete(key);
    }
    for (const [key, values] of expected) differ(`${key} is missing; in DuckDB it is ${values}`);
    return { rows: found.length, differences, samples };
  }

  /** Sessions by window functions, once for all ranges. */
  async #sessionsSql(
    { groupBy, metrics }: ProofAggregate,
    gapSeconds: number,
    { from, to }: StartRange,
  ): Promise<string> {
    const gapMs = gapSeconds * 1000;
    const inOrder = `OVER (PARTITION BY ${groupBy.join(', ')} ORDER BY "at")`;
    const columns = Object.entries(metrics).map(([metric, sql]) => `${sql} AS "${metric}"`);
    await this.#connection.run(
      `CREATE TABLE IF NOT EXISTS sessions AS
         WITH begun AS (SELECT *, ("at" - lag("at") ${inOrder} <= ${gapMs}) IS NOT TRUE AS begins FROM events),
         numbered AS (SELECT *, sum(begins::INT) ${inOrder} AS number FROM begun)
       SELECT min("at")::BIGINT AS "windowStart", max("at")::BIGINT + ${gapMs} AS "windowEnd",
         ${groupBy.join(', ')}, ${columns.join(', ')}
       FROM numbered GROUP BY ${groupBy.join(', ')}, number`,
    );
    return `SELECT * FROM sessions WHERE "windowStart" >= ${from} AND "windowStart" < ${to}`;
  }
}

function windowsSql({ groupBy, metrics }: ProofAggregate, levelSeconds: number): string {
  const ms = levelSeconds * 1000;
  const columns = [
    `("at"::BIGINT // ${ms}) * ${ms} AS "windowStart", "windowStart" + ${ms} AS "windowEnd"`,
    ...groupBy,
    ...Object.entries(metrics).map(
      ([metric, sql]) => `${sql.replaceAll('windowSeconds', String(levelSeconds))} AS "${metric}"`,
    ),
  ];
  return `SELECT ${columns.join(', ')} FROM events GROUP BY "windowStart", ${groupBy.join(', ')}`;
}

/** A histogram as the counts of its buckets, which is how DuckDB is asked for it. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map(({ count }: { readonly count: number }) => count) : value;
}
