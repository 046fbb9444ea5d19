import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import { type AggregateAnswer, answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { LocalRun } from '#cli/run/local-run.ts';
import { rowJson } from '#cli/show/rows-json.ts';
import { measureClosing } from '#cli/try/measure-closing.ts';
import { seededRandom } from '#cli/try/seeded-random.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import flights from '#pipelines/flights.ts';
import { duckdb, expectSameAsDuckdb, type PrintedRow } from '../cli/duckdb-answer.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';
import { DATA } from '../cli/run-weir.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const COUNT = 20_000;
/** Every fifth of three million flights, in the order of their times: six days, some 140 flights an hour. */
const FLIGHTS = `SELECT date, delay::INT AS delay, distance::INT AS distance, origin, destination
  FROM read_parquet('${DATA}flights-3m.parquet', file_row_number = true)
  WHERE file_row_number % 5 = 0 AND file_row_number < ${5 * COUNT} ORDER BY date`;
const SOURCE = `(${FLIGHTS})`;
const TIME = 'date::TIMESTAMP';
const BY_ORIGIN = {
  groupBy: ['origin'],
  exact: { flights: 'count(*)', worst: 'max(delay)' },
  approximate: { delay: 'avg(delay)' },
};

interface Closed {
  readonly run: LocalRun;
  readonly finalThrough: number;
  /** Finals that the table has. */
  readonly finals: number;
}

/** Runs a file through the embedded runtime, while windows are closed all the time; then closes what is left. */
async function runClosing(path: string, shards: number): Promise<Closed> {
  const run = await LocalRun.start(await loadPipeline('flights'), {
    runtime: { shards, closeEveryMs: 250, eventSource: { batchSize: 20, maxBatchingWindowSeconds: 0 } },
    producer: { eventsPerRecordMax: 25 },
  });
  onTestFinished(() => run.stop());
  const { signal } = new AbortController();
  await run.feed(await openEventFile(path), signal);
  await run.drained(signal);
  const { finals, finalThrough } = await measureClosing(run);
  expect(run.counts.windowsClosed).toBe(finals);
  return { run, finals, finalThrough: finalThrough ?? expect.fail('nothing is final') };
}

function answer(run: LocalRun, name: string, levelMs: number): Promise<AggregateAnswer> {
  const aggregate = flights.aggregates.find((each) => each.name === name);
  if (aggregate === undefined) throw new Error(`no aggregate ${name}`);
  return answerAggregate({ table: run.table, compression: nodeCompression }, aggregate, { levelMs });
}

const printed = ({ rows }: AggregateAnswer) => rows.map((row) => JSON.parse(rowJson(row)) as PrintedRow);

/** Checks all rows of all levels against DuckDB, and that what ends by `finalThrough` is final. */
async function expectAsDuckdb({ run, finalThrough, finals }: Closed): Promise<AggregateAnswer[]> {
  const hours = await answer(run, 'delays_by_origin', HOUR);
  const days = await answer(run, 'delays_by_origin', DAY);
  const routes = await answer(run, 'delays_by_route', DAY);
  const from = { source: SOURCE, time: TIME };
  await expectSameAsDuckdb(printed(hours), { ...from, windowSeconds: HOUR / 1000, ...BY_ORIGIN });
  await expectSameAsDuckdb(printed(days), { ...from, windowSeconds: DAY / 1000, ...BY_ORIGIN });
  await expectSameAsDuckdb(printed(routes), {
    ...from,
    windowSeconds: DAY / 1000,
    groupBy: ['origin', 'destination'],
    exact: { flights: 'count(*)', miles: 'sum(distance)' },
    approximate: { delay: 'avg(delay)', spread: 'stddev_pop(delay)' },
  });
  for (const { windows } of [hours, days, routes]) {
    expect(windows.map(({ final }) => final)).toEqual(
      windows.map(({ windowEnd }) => windowEnd <= finalThrough),
    );
  }
  // A window that has nothing but what came late has no final.
  const all = [hours, days, routes].flatMap(({ windows }) => windows);
  const ended = all.filter(({ final }) => final);
  expect(finals).toBeLessThanOrEqual(ended.length);
  expect(finals).toBeGreaterThanOrEqual(ended.filter(({ amended }) => !amended).length);
  return [hours, days, routes];
}

/** All items of the table, as text. */
async function items({ runtime }: LocalRun): Promise<string[]> {
  const at = (service: string) => runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
  const clients = emulatorClients({
    ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
  });
  const found: string[] = [];
  let after: Record<string, never> | undefined;
  do {
    const page = await clients.dynamodb.send(
      new ScanCommand({ TableName: runtime.environment['WEIR_TABLE'], ExclusiveStartKey: after }),
    );
    for (const item of page.Items ?? []) {
      const attributes = Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
      found.push(JSON.stringify(attributes));
    }
    after = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (after !== undefined);
  clients.destroy();
  return found.sort();
}

interface Flight {
  readonly date: string;
}

/** A twentieth of the flights, put so far behind that their hour is long over when they come. */
function delayed(all: readonly Flight[], seed: number): Flight[] {
  const random = seededRandom(seed);
  const places = all.map((flight, place) => {
    // Some two hours to three days.
    const behind = random() < 0.05 ? 300 + Math.floor(random() * 9000) : 0;
    return { flight, place: place + behind };
  });
  return places.sort((a, b) => a.place - b.place).map(({ flight }) => flight);
}

/** Events whose hour or day had passed, less the allowed lateness, when they came: by one pass over the file. */
function lateOf(events: readonly Flight[]): number {
  let newest = Number.NEGATIVE_INFINITY;
  let late = 0;
  for (const { date } of events) {
    const time = Date.parse(`${date.replace(' ', 'T')}Z`);
    // A day's window never ends before that of the hour within.
    if ((Math.floor(time / HOUR) + 1) * HOUR <= newest - HOUR) late += 1;
    newest = Math.max(newest, time);
  }
  return late;
}

describe('real flights, whose windows are closed while they come', () => {
  test.each([1, 4])('over %i shards, are as DuckDB has them at every level', async (shards) => {
    const path = join(await temporaryFolder(), 'flights.json');
    await duckdb(`COPY ${SOURCE} TO '${path}' (ARRAY true)`);
    const closed = await runClosing(path, shards);
    const { total } = await readLedger(closed.run.table);
    expect(total).toMatchObject({ received: COUNT, invalid: 0, expired: 0 });
    expect(total.aggregated + total.late).toBe(COUNT);
    await expectAsDuckdb(closed);
    if (shards > 1) return;

    // In order, on one shard, nothing is late: then there is a final for each window that is over.
    expect(total.late).toBe(0);
    const over = async (sizeMs: number) => {
      const start = `(epoch(${TIME})::BIGINT // ${sizeMs / 1000}) * ${sizeMs / 1000}`;
      const rows = await duckdb(
        `SELECT count(DISTINCT ${start})::INT AS n FROM ${SOURCE} WHERE ${start} + ${sizeMs / 1000} <= ${closed.finalThrough / 1000}`,
      );
      return Number(rows[0]?.['n']);
    };
    expect(closed.finals).toBe((await over(HOUR)) + 2 * (await over(DAY)));
  });

  test('a twentieth of them late, are all counted, and the late ones as such', async () => {
    const events = delayed((await duckdb(FLIGHTS)) as unknown as Flight[], 7);
    const path = join(await temporaryFolder(), 'delayed.json');
    await writeFile(path, JSON.stringify(events));
    const late = lateOf(events);
    expect(late).toBeGreaterThan(500);

    const closed = await runClosing(path, 1);
    const { total } = await readLedger(closed.run.table);
    expect(total).toMatchObject({
      received: COUNT,
      aggregated: 20_000 - late,
      late,
      invalid: 0,
      expired: 0,
    });
    const [hours, days, routes] = await expectAsDuckdb(closed);
    for (const some of [hours, days, routes])
      expect(some?.windows.filter(({ amended }) => amended).length).toBeGreaterThan(3);

    // Once more, with nothing new: not one write, and every item as it was.
    const before = await items(closed.run);
    const { requests, writeUnits } = closed.run.usage();
    const report = (await closed.run.runtime.close()) as CloseReport;
    expect(report).toMatchObject({ finals: 0, idle: 0, gone: 0, finalThrough: closed.finalThrough });
    const after = closed.run.usage();
    expect([after.requests['PutItem'], after.writeUnits]).toEqual([requests['PutItem'], writeUnits]);
    expect(await items(closed.run)).toEqual(before);
  });
});
