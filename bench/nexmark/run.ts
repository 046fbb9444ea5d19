/**
 * Runs Nexmark's queries over generated events, each as a pipeline of its own, and compares all rows with DuckDB's.
 *
 *     npm run nexmark -- [--events 1000000] [--shards 1] [--seed 1] [--out-of-order 1] [--queries q5,q7]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareRows, type Expectation } from '../against-duckdb/compare-rows.ts';
import { type DuckDb, openDuckDb } from '../against-duckdb/duck-db.ts';
import { estimatesLine, REPORT_HEAD, reportLine } from '../against-duckdb/report.ts';
import { type RunOptions, runPipeline } from '../against-duckdb/run-pipeline.ts';
import { writeEvents } from '../against-duckdb/write-events.ts';
import { BY_ARRIVAL, EXPECTATIONS, HOTTEST, loadArrivals, loadBids } from './expectations.ts';
import { makeNexmarkEvents, type NexmarkOptions } from './make-events.ts';
import { readArrivals } from './read-arrivals.ts';
import { readHottest } from './read-hottest.ts';

/** Half a minute before midnight: what is by the day has more than one. */
const START_MS = Date.parse('2015-07-14T23:59:30Z');
/** Nexmark's own pace, for windows of seconds. */
const WINDOWS_PER_SECOND = 10_000;
/** 21,600 events a day, for what is by the day. */
const REPORTS_PER_SECOND = 0.25;
const REPORTS = ['q15', 'q16', 'q17'];

interface Settings extends RunOptions {
  readonly db: DuckDb;
  readonly folder: string;
  readonly eventsFile: string;
}

/** Runs one query; true where all is as it should be. */
async function runQuery(query: string, settings: Settings): Promise<boolean> {
  const { db, eventsFile, folder, shards } = settings;
  const expectation: Expectation =
    query === 'q12' ? BY_ARRIVAL : EXPECTATIONS[query as keyof typeof EXPECTATIONS];
  let otherwise: string | undefined;
  const run = await runPipeline(fileURLToPath(new URL(`${query}.ts`, import.meta.url)), eventsFile, {
    shards,
    inspect: async (run, loaded) => {
      if (query === 'q12') {
        const file = join(folder, 'arrivals.ndjson');
        await writeEvents(file, readArrivals(run));
        await loadArrivals(db, file);
      }
      if (query === 'q5') {
        const expected = (await db.rows(HOTTEST)).map(({ start, auction, bids }) => ({
          start: Number(start),
          auction: Number(auction),
          bids: Number(bids),
        }));
        const starts = [...new Set(expected.map(({ start }) => start))];
        const isSame = JSON.stringify(await readHottest(run, loaded, starts)) === JSON.stringify(expected);
        otherwise = `  the query API's top of ${starts.length} windows: ${isSame ? 'the same' : 'NOT the same'} ${expected.length} hottest auctions`;
        if (!isSame) process.exitCode = 1;
      }
    },
  });
  const rows = run.answers[expectation.aggregate]?.rows ?? [];
  const found = compareRows(expectation, rows, await db.rows(expectation.sql));
  console.log(reportLine(query, run, found));
  for (const line of [otherwise, estimatesLine(found), ...found.examples])
    if (line !== undefined) console.error(line);
  return found.differences === 0 && run.ledger.invalid === 0;
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    shards: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    'out-of-order': { type: 'string', default: '1' },
    queries: { type: 'string', default: 'q5,q7,q11,q12,q15,q16,q17' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'weir-nexmark-'));
const db = await openDuckDb();
try {
  const common = {
    events: Number(values.events),
    seed: Number(values.seed),
    outOfOrder: Number(values['out-of-order']),
    startMs: START_MS,
  };
  const wanted = values.queries.split(',');
  const isReport = (query: string) => REPORTS.includes(query);
  const parts: [readonly string[], NexmarkOptions][] = [
    [wanted.filter((query) => !isReport(query)), { ...common, eventsPerSecond: WINDOWS_PER_SECOND }],
    [wanted.filter(isReport), { ...common, eventsPerSecond: REPORTS_PER_SECOND }],
  ];
  console.log(REPORT_HEAD);
  for (const [queries, options] of parts) {
    if (queries.length === 0) continue;
    const eventsFile = join(folder, 'events.ndjson');
    await writeEvents(eventsFile, makeNexmarkEvents(options));
    await loadBids(db, eventsFile);
    for (const query of queries) {
      if (!(await runQuery(query, { db, folder, eventsFile, shards: Number(values.shards) })))
        process.exitCode = 1;
    }
  }
} finally {
  db.close();
  await rm(folder, { recursive: true, force: true });
}
