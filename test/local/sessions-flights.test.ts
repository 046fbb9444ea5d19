import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { type AggregateAnswer, answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { LocalRun } from '#cli/run/local-run.ts';
import { measureClosing } from '#cli/try/measure-closing.ts';
import { seededRandom } from '#cli/try/seeded-random.ts';
import type { WindowStart } from '#core/brand.ts';
import { duckdb } from '../cli/duckdb-answer.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';
import { DATA } from '../cli/run-weir.ts';

const MINUTE = 60_000;
const GAP_MINUTES = 90;
const COUNT = 4000;
/** Some of three million flights, in the order of their times: a few days. */
const FLIGHTS = `SELECT date, delay::INT AS delay, distance::INT AS distance, origin, destination
  FROM read_parquet('${DATA}flights-3m.parquet', file_row_number = true)
  WHERE file_row_number % 15 = 0 AND file_row_number < ${15 * COUNT} ORDER BY date`;

const PIPELINE = `
  import { count, definePipeline, last, max, mean, session, sum } from 'weir';
  import * as z from 'zod';
  export default definePipeline({
    name: 'busy',
    schema: z.object({ date: z.string(), delay: z.number(), distance: z.number(), origin: z.string() }),
    eventTime: (flight) => flight.date,
    allowedLateness: '1h',
    aggregates: {
      busy: {
        groupBy: ['origin'],
        window: session({ gap: '${GAP_MINUTES}m' }),
        metrics: {
          flights: count(),
          worst: max('delay'),
          miles: sum('distance'),
          delay: mean('delay'),
        },
      },
    },
  });
`;

interface Flight {
  readonly date: string;
  readonly origin: string;
}

/** One session: its start and end in minutes since 1970, its origin, flights, worst delay and miles; and the mean delay. */
type Session = readonly [start: number, end: number, origin: string, ...metrics: number[]];

/** Sessions by SQL's window functions, of the flights that \`source\` gives. */
async function sessionsOf(source: string): Promise<Session[]> {
  const rows = await duckdb(`
    WITH flights AS (SELECT *, epoch(date::TIMESTAMP)::BIGINT // 60 AS minute FROM ${source}),
    marked AS (
      SELECT *, CASE WHEN minute - lag(minute) OVER (PARTITION BY origin ORDER BY minute) <= ${GAP_MINUTES} THEN 0 ELSE 1 END AS is_new
      FROM flights
    ),
    numbered AS (SELECT *, sum(is_new) OVER (PARTITION BY origin ORDER BY minute) AS session FROM marked)
    SELECT min(minute)::INT AS start, (max(minute) + ${GAP_MINUTES})::INT AS until, origin, count(*)::INT AS flights,
      max(delay)::INT AS worst, sum(distance)::INT AS miles, avg(delay)::DOUBLE AS delay
    FROM numbered GROUP BY origin, session ORDER BY start, origin`);
  return rows.map(({ delay, flights, miles, origin, start, until, worst }) => [
    ...([Number(start), Number(until), String(origin)] as const),
    ...[Number(flights), Number(worst), Number(miles), Number(delay)],
  ]);
}

function sessionsIn({ rows }: AggregateAnswer): Session[] {
  return rows.map(({ group, metrics, windowEnd, windowStart }) => [
    ...([windowStart / MINUTE, windowEnd / MINUTE, String(group['origin'])] as const),
    ...['flights', 'worst', 'miles', 'delay'].map((name) => Number(metrics[name])),
  ]);
}

/** Runs a file through the embedded runtime, while panes are closed all the time; then closes what is left. */
async function run(path: string, shards: number) {
  const file = join(await temporaryFolder(), 'busy.ts');
  await writeFile(file, PIPELINE);
  const loaded = await loadPipeline(file);
  const local = await LocalRun.start(loaded, {
    runtime: { shards, closeEveryMs: 250, eventSource: { batchSize: 10, maxBatchingWindowSeconds: 0 } },
    producer: { eventsPerRecordMax: 25 },
  });
  onTestFinished(() => local.stop());
  const { signal } = new AbortController();
  await local.feed(await openEventFile(path), signal);
  await local.drained(signal);
  const { finalThrough } = await measureClosing(local);
  const [aggregate] = loaded.pipeline.aggregates;
  if (aggregate === undefined) throw new Error('no aggregate');
  const answer = (range = {}) =>
    answerAggregate({ table: local.table, compression: nodeCompression }, aggregate, range);
  return { local, answer, finalThrough: finalThrough ?? expect.fail('nothing is final') };
}

/** Means are the same to 1e-9, all else exactly. */
function expectSame(found: readonly Session[], wanted: readonly Session[]): void {
  expect(found.map((session) => session.slice(0, -1))).toEqual(wanted.map((session) => session.slice(0, -1)));
  for (const [i, session] of wanted.entries())
    expect(Number(found[i]?.at(-1))).toBeCloseTo(Number(session.at(-1)), 9);
}

/** A twentieth of the flights, put so far behind that their pane is long over when they come. */
function delayed(all: readonly Flight[]): Flight[] {
  const random = seededRandom(11);
  const places = all.map((flight, place) => ({
    flight,
    place: place + (random() < 0.05 ? 200 + Math.floor(random() * 1500) : 0),
  }));
  return places.sort((a, b) => a.place - b.place).map(({ flight }) => flight);
}

/** The flights that come on time, by one pass: those whose pane has not ended an hour before the newest. */
function onTimeOf(events: readonly Flight[]): Flight[] {
  let newest = Number.NEGATIVE_INFINITY;
  return events.filter(({ date }) => {
    const minute = Date.parse(`${date.replace(' ', 'T')}Z`) / MINUTE;
    const paneEnd = (Math.floor(minute / GAP_MINUTES) + 1) * GAP_MINUTES;
    const isOnTime = paneEnd > newest - 60;
    newest = Math.max(newest, minute);
    return isOnTime;
  });
}

describe('sessions of real flights, while panes are closed', () => {
  test.each([1, 4])('over %i shards, are those of SQL window functions', async (shards) => {
    const path = join(await temporaryFolder(), 'flights.json');
    await duckdb(`COPY (${FLIGHTS}) TO '${path}' (ARRAY true)`);
    const { answer, finalThrough, local } = await run(path, shards);
    expect((await readLedger(local.table)).total).toMatchObject({ received: COUNT, invalid: 0, expired: 0 });
    const wanted = await sessionsOf(`(${FLIGHTS})`);
    const all = await answer();
    expect(wanted.length).toBeGreaterThan(500);
    expectSame(sessionsIn(all), wanted);

    // Final are those that end before the first pane that is not.
    const open = Math.floor(finalThrough / MINUTE / GAP_MINUTES) * GAP_MINUTES;
    expect(all.windows.filter(({ final }) => final).length).toBeGreaterThan(300);
    for (const { final, windowEnd } of all.windows) expect(final).toBe(windowEnd / MINUTE < open);

    // A range of hours that begins and ends in the middle of sessions and panes.
    const from = Math.floor((wanted[0]?.[0] ?? 0) / 1440) * 1440 + 1440 + 617;
    const to = from + 500;
    const part = await answer({ from: (from * MINUTE) as WindowStart, to: (to * MINUTE) as WindowStart });
    const within = wanted.filter(([start]) => start >= from && start < to);
    expect(within.length).toBeGreaterThan(50);
    expectSame(sessionsIn(part), within);
  });

  test('over one shard, a twentieth of them late, are joined by what was missing', async () => {
    const events = delayed((await duckdb(FLIGHTS)) as unknown as Flight[]);
    const folder = await temporaryFolder();
    const path = join(folder, 'delayed.json');
    await writeFile(path, JSON.stringify(events));
    const onTime = onTimeOf(events);
    const onTimePath = join(folder, 'on-time.json');
    await writeFile(onTimePath, JSON.stringify(onTime));

    const { answer, local } = await run(path, 1);
    const { total } = await readLedger(local.table);
    expect(total).toMatchObject({
      received: COUNT,
      aggregated: onTime.length,
      late: COUNT - onTime.length,
      expired: 0,
    });
    expect(total.late).toBeGreaterThan(150);
    const all = await answer();
    expectSame(sessionsIn(all), await sessionsOf(`(${FLIGHTS})`));

    // Late ones have joined what would have been two sessions or more; those are amended.
    const without = await sessionsOf(`read_json('${onTimePath}')`);
    const joined = sessionsIn(all).filter(
      ([start, end, origin]) =>
        without.filter((one) => one[2] === origin && one[0] >= start && one[1] <= end).length > 1,
    );
    expect(joined.length).toBeGreaterThan(5);
    const amended = new Set(
      all.windows
        .filter((window) => window.amended || !window.final)
        .map(({ windowEnd, windowStart }) => `${windowStart / MINUTE}/${windowEnd / MINUTE}`),
    );
    for (const [start, end] of joined) expect(amended).toContain(`${start}/${end}`);
  });

  test('over four shards, a twentieth of them late, are the same', async () => {
    const events = delayed((await duckdb(FLIGHTS)) as unknown as Flight[]);
    const path = join(await temporaryFolder(), 'delayed.json');
    await writeFile(path, JSON.stringify(events));
    const { answer, local } = await run(path, 4);
    const { total } = await readLedger(local.table);
    // Which are late is for each shard to say, by what it was given.
    expect(total).toMatchObject({ received: COUNT, invalid: 0, expired: 0 });
    expect(total.aggregated + total.late).toBe(COUNT);
    expect(total.late).toBeGreaterThan(100);
    const all = await answer();
    expectSame(sessionsIn(all), await sessionsOf(`(${FLIGHTS})`));
    expect(all.windows.filter(({ amended }) => amended).length).toBeGreaterThan(50);
  });
});
