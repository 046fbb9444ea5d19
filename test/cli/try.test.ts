import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { expectSameAsDuckdb } from './duckdb-answer.ts';
import { expectFlights } from './flights-answer.ts';
import { temporaryFolder } from './read-events/read-file.ts';
import { DATA, weir } from './run-weir.ts';
import { someFlights } from './some-flights.ts';

const FLIGHTS = `${DATA}flights-2k.json`;
const FLIGHTS_SQL = [
  `read_json('${FLIGHTS}', columns = {date: 'VARCHAR', delay: 'INT', distance: 'INT', origin: 'VARCHAR', destination: 'VARCHAR'})`,
  "strptime(date, '%Y/%m/%d %H:%M')",
] as const;

/** The result without what may differ from run to run. */
function answerOf(stdout: string) {
  const { pipeline, ledger, cost, aggregates } = JSON.parse(stdout);
  return { pipeline, ledger, events: cost.events, aggregates };
}

describe('weir try', () => {
  test('gives what DuckDB gives, in the promised JSON, and nothing else on stdout', async () => {
    const { code, stdout } = await weir(['try', 'flights', FLIGHTS, '--json']);
    const result = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(Object.keys(result)).toEqual(['pipeline', 'ledger', 'cost', 'aggregates']);
    expect(Object.keys(result.cost)).toEqual([
      'events',
      'records',
      'invocations',
      'requests',
      'writeUnits',
      'readUnits',
    ]);
    expect(result.ledger).toEqual({
      received: 2000,
      aggregated: 2000,
      invalid: 0,
      duplicate: 0,
      late: 0,
      expired: 0,
      held: 0,
    });
    expect(result.cost.events).toBe(2000);
    expect(result.cost.requests.PutItem).toBeGreaterThan(0);
    expect(result.cost.writeUnits).toBeGreaterThanOrEqual(result.cost.requests.PutItem);
    await expectFlights(result.aggregates, ...FLIGHTS_SQL);
  });

  test('gives the same bit for bit when its function is killed five times, over four shards, in small batches', async () => {
    const { path, source, time } = await someFlights(await temporaryFolder(), 'some.parquet', 0, 4000);
    const plain = await weir(['try', 'flights', path, '--json']);
    const killed = await weir([
      ...[
        'try',
        'flights',
        path,
        '--json',
        '--batch-size',
        '200',
        '--shards',
        '4',
        '--kill',
        '5',
        '--seed',
        '7',
      ],
    ]);
    expect(killed.stderr).toContain('Killed the function 5 times of 5');
    expect(killed.code).toBe(0);
    expect(JSON.parse(killed.stdout).cost.invocations).toBeGreaterThan(20);
    expect(answerOf(killed.stdout)).toEqual(answerOf(plain.stdout));
    await expectFlights(JSON.parse(killed.stdout).aggregates, source, time);
  });

  test('gives the same for CSV, lines, gzip and Parquet of the same rows', async () => {
    const folder = await temporaryFolder();
    const names = ['x.parquet', 'x.csv', 'x.json', 'x.ndjson.gz'];
    for (const name of names.slice(0, 3)) await someFlights(folder, name, 50_000, 300);
    await writeFile(join(folder, 'x.ndjson.gz'), gzipSync(await readFile(join(folder, 'x.json'))));
    const runs = await Promise.all(
      names.map((name) => weir(['try', 'flights', join(folder, name), '--json'])),
    );
    const [first, ...others] = runs.map(({ stdout }) => answerOf(stdout));
    expect(first?.ledger.aggregated).toBe(300);
    for (const other of others) expect(other).toEqual(first);
  });

  test('sums decimals exactly, and counts where a condition holds, as DuckDB does', async () => {
    const { code, stdout } = await weir(['try', 'weather', `${DATA}weather.csv`, '--json']);
    const { aggregates, ledger } = JSON.parse(stdout);
    expect(code).toBe(0);
    // One location after the other, each from 2012 on: nearly all of the second one is late, and counts all the same.
    expect(ledger).toMatchObject({ received: 2922, aggregated: 2922 - ledger.late });
    expect(ledger.late).toBeGreaterThan(1400);
    // Weeks are counted from 1970-01-01. Decimals are added as decimals: their sum, rounded once, is the exact one.
    const source = `read_csv('${DATA}weather.csv')`;
    const decimal = 'sum(precipitation::DECIMAL(10,1))';
    const wet = 'count(*) FILTER (precipitation > 0)';
    const shared = { source, time: 'date', windowSeconds: 7 * 86_400 };
    await expectSameAsDuckdb(aggregates.weeks_by_location, {
      ...shared,
      groupBy: ['location'],
      exact: { days: 'count(*)', wet_days: wet, warmest: 'max(temp_max)', coldest: 'min(temp_min)' },
      approximate: { precipitation: decimal, wind: 'avg(wind)', wind_spread: 'stddev_pop(wind)' },
    });
    await expectSameAsDuckdb(aggregates.weeks_by_weather, {
      ...shared,
      groupBy: ['weather'],
      exact: {
        days: 'count(*)',
        windy_days: 'count(*) FILTER (wind > 5)',
        warmest_when_wet: 'max(temp_max) FILTER (precipitation > 0)',
      },
      approximate: { precipitation: decimal },
    });
  });

  test('prints tables for people: some rows, how many there are, the ledger and the cost', async () => {
    const { path } = await someFlights(await temporaryFolder(), 'some.csv', 0, 500);
    const { code, stdout } = await weir(['try', 'flights', path, '--rows', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/delays_by_origin · every 1h by origin · \d+ rows/);
    expect(stdout).toMatch(/window +│ origin │ flights │ delay │ worst/);
    expect(stdout).toMatch(/… and \d+ rows more: --rows all, or --json/);
    expect(stdout).toContain('received 500 = aggregated 500');
    expect(stdout).toMatch(/per 1,000 events: [\d,.]+ write units, [\d,.]+ DynamoDB requests/);
    expect(stdout.split('\n').length).toBeLessThan(30);
  });

  test('runs a pipeline of a file that is not in this folder', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'clicks.ts'), CLICKS);
    await writeFile(
      join(folder, 'clicks.ndjson'),
      '{"at":1704067200000,"page":"/"}\n{"at":1704067261000,"page":"/"}\n',
    );
    const { code, stdout, stderr } = await weir(['try', './clicks.ts', 'clicks.ndjson', '--json'], folder);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).aggregates.by_page).toEqual([
      {
        group: { page: '/' },
        windowStart: '2024-01-01T00:00:00.000Z',
        windowEnd: '2024-01-01T00:01:00.000Z',
        views: 1,
      },
      {
        group: { page: '/' },
        windowStart: '2024-01-01T00:01:00.000Z',
        windowEnd: '2024-01-01T00:02:00.000Z',
        views: 1,
      },
    ]);
  });

  test('an empty file is no mistake, and is said', async () => {
    const path = join(await temporaryFolder(), 'empty.json');
    await writeFile(path, '');
    const { code, stdout, stderr } = await weir(['try', 'flights', path, '--json']);
    expect(code).toBe(0);
    expect(stderr).toContain('The file holds no events.');
    expect(JSON.parse(stdout)).toMatchObject({
      ledger: { received: 0 },
      aggregates: { delays_by_origin: [], delays_by_route: [] },
    });
  });
});

const CLICKS = `
import * as z from 'zod';
import { count, definePipeline, tumbling } from 'weir';

export default definePipeline({
  name: 'clicks',
  schema: z.object({ at: z.number(), page: z.string() }),
  eventTime: (click) => click.at,
  aggregates: { by_page: { groupBy: ['page'], window: tumbling('1m'), metrics: { views: count() } } },
});
`;
