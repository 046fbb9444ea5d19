/**
 * Runs the Yahoo streaming benchmark's computation over generated events, and compares all rows with DuckDB's.
 *
 *     npm run yahoo -- [--events 500000] [--shards 1] [--seed 1] [--late-one-in 100000]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareRows } from '../against-duckdb/compare-rows.ts';
import { openDuckDb } from '../against-duckdb/duck-db.ts';
import { REPORT_HEAD, reportLine } from '../against-duckdb/report.ts';
import { runPipeline } from '../against-duckdb/run-pipeline.ts';
import { writeEvents } from '../against-duckdb/write-events.ts';
import { expectedViews } from './expectation.ts';
import { makeAdEvents } from './make-events.ts';

const START_MS = Date.parse('2015-12-15T12:00:00Z');
const EVENTS_PER_SECOND = 1000;
const fileAt = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '500000' },
    shards: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    'late-one-in': { type: 'string', default: '100000' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'weir-yahoo-'));
const db = await openDuckDb();
try {
  const eventsFile = join(folder, 'events.ndjson');
  const events = makeAdEvents({
    events: Number(values.events),
    eventsPerSecond: EVENTS_PER_SECOND,
    startMs: START_MS,
    seed: Number(values.seed),
    lateOneIn: Number(values['late-one-in']),
  });
  await writeEvents(eventsFile, events);
  const run = await runPipeline(fileAt('views-by-campaign.ts'), eventsFile, {
    shards: Number(values.shards),
  });
  const expectation = expectedViews(eventsFile, fileAt('ads.csv'));
  const found = compareRows(expectation, run.answers['views']?.rows ?? [], await db.rows(expectation.sql));
  console.log(REPORT_HEAD);
  console.log(reportLine('Yahoo', run, found));
  for (const example of found.examples) console.error(example);
  if (found.differences > 0 || run.ledger.invalid > 0) process.exitCode = 1;
} finally {
  db.close();
  await rm(folder, { recursive: true, force: true });
}
