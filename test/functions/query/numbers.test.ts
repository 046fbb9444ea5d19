import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { duckdb, expectSameAsDuckdb, type PrintedRow } from '../../cli/duckdb-answer.ts';
import { FLIGHTS, FlightsApi } from './flights-api.ts';

interface Answer {
  readonly rows: readonly PrintedRow[];
  readonly windows: readonly {
    readonly windowStart: string;
    readonly windowEnd: string;
    readonly final: boolean;
  }[];
  readonly freshness: { readonly newestEvent: string; readonly watermark: string };
  readonly next: string | null;
}

let api: FlightsApi;
let folder: string;
let source: string;
const time = "strptime(date, '%Y/%m/%d %H:%M')";

beforeAll(async () => {
  api = await FlightsApi.start();
  folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  const path = join(folder, 'flights.json');
  await writeFile(path, JSON.stringify(FLIGHTS));
  source = `'${path}'`;
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

async function allPages(
  target: string,
): Promise<{ rows: PrintedRow[]; windows: Answer['windows'][number][] }> {
  const rows: PrintedRow[] = [];
  const windows: Answer['windows'][number][] = [];
  let cursor = '';
  do {
    const page = await api.json<Answer>(`${target}${cursor}`);
    rows.push(...page.rows);
    windows.push(...page.windows);
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  return { rows, windows };
}

const RANGE = 'from=2001-01-01&to=2001-02-01';

describe('the numbers of 2,000 real flights', () => {
  test('by origin and hour are those that DuckDB has, page by page', async () => {
    const { rows } = await allPages(`/aggregates/delays_by_origin/series?${RANGE}&limit=97`);
    expect(rows.length).toBeGreaterThan(1000);
    await expectSameAsDuckdb(rows, {
      ...{ source, time, windowSeconds: 3600, groupBy: ['origin'] },
      exact: { flights: 'count(*)', worst: 'max(delay)' },
      approximate: { delay: 'avg(delay)' },
    });
  });

  test('by origin and day, rolled up from hours, are those that DuckDB has', async () => {
    const { rows } = await allPages(`/aggregates/delays_by_origin/series?${RANGE}&level=1d&limit=50`);
    expect(rows.length).toBeGreaterThan(100);
    await expectSameAsDuckdb(rows, {
      ...{ source, time, windowSeconds: 86_400, groupBy: ['origin'] },
      exact: { flights: 'count(*)', worst: 'max(delay)' },
      approximate: { delay: 'avg(delay)' },
    });
  });

  test('by route and day are those that DuckDB has', async () => {
    const { rows } = await allPages(`/aggregates/delays_by_route/series?${RANGE}`);
    expect(rows.length).toBeGreaterThan(1000);
    await expectSameAsDuckdb(rows, {
      ...{ source, time, windowSeconds: 86_400, groupBy: ['origin', 'destination'] },
      exact: { flights: 'count(*)', earliest: 'min(delay)', miles: 'sum(distance)' },
      approximate: { delay: 'avg(delay)', spread: 'stddev_pop(delay)' },
    });
  });

  test('of some groups, and of both aggregates at once, are those too', async () => {
    const filtered = `(SELECT * FROM ${source} WHERE origin IN ('ATL', 'DFW'))`;
    const sql = {
      ...{ source: filtered, time, windowSeconds: 3600, groupBy: ['origin'] },
      exact: { flights: 'count(*)', worst: 'max(delay)' },
      approximate: { delay: 'avg(delay)' },
    };
    const groups = 'group.origin=ATL&group.origin=DFW';
    const { rows } = await allPages(`/aggregates/delays_by_origin/series?${RANGE}&${groups}&limit=11`);
    await expectSameAsDuckdb(rows, sql);
    const both = await api.json<{ aggregates: Record<string, Answer>; next: string | null }>(
      `/series?aggregates=delays_by_origin,delays_by_route&${RANGE}&${groups}`,
    );
    expect(both.next).toBeNull();
    await expectSameAsDuckdb(both.aggregates['delays_by_origin']?.rows ?? [], sql);
  });

  test('of the top routes of a day are those that DuckDB has', async () => {
    const { rows } = await api.json<Answer>(
      '/aggregates/delays_by_route/top?by=miles&n=5&window=2001-01-02T15:00&metrics=miles',
    );
    const top = await duckdb(
      `SELECT origin, destination, sum(distance)::DOUBLE AS miles FROM ${source}
       WHERE ${time}::DATE = '2001-01-02' GROUP BY ALL ORDER BY miles DESC, origin, destination LIMIT 5`,
    );
    expect(rows.map(({ group, miles }) => ({ ...group, miles }))).toEqual(top);
  });

  test('of the top origins of two days by the hours of both are those that DuckDB has', async () => {
    const { groups, rows } = await api.json<Answer & { readonly groups: number }>(
      '/aggregates/delays_by_origin/top?by=flights&n=5&from=2001-01-02&to=2001-01-04',
    );
    const top = await duckdb(
      `SELECT origin, count(*)::INT AS flights, sum(delay)::DOUBLE / count(delay) AS delay, max(delay)::INT AS worst
       FROM ${source} WHERE ${time}::DATE IN ('2001-01-02', '2001-01-03')
       GROUP BY origin ORDER BY flights DESC, origin`,
    );
    expect(groups).toBe(top.length);
    const metrics = rows.map(({ delay, flights, group, worst }) => ({ ...group, flights, delay, worst }));
    expect(metrics).toEqual(top.slice(0, 5));
  });

  test('of the newest hour, the newest final one, and how fresh all are, follow from the times', async () => {
    const times = FLIGHTS.map(({ date }) => Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`));
    const newest = Math.max(...times);
    const { freshness, windows } = await api.json<Answer>('/aggregates/delays_by_origin/latest');
    expect(Date.parse(freshness.newestEvent)).toBe(newest);
    expect(windows.map(({ windowStart }) => Date.parse(windowStart))).toEqual([
      newest - (newest % 3_600_000),
    ]);
    // Lines of a hundred go to the two shards by turns; the slower one's newest flight, less the hour of lateness.
    const slowest = Math.max(...times.filter((_, i) => Math.floor(i / 100) % 2 === 0));
    const watermark = slowest - 3_600_000;
    expect(Date.parse(freshness.watermark)).toBeGreaterThanOrEqual(watermark);
    const final = await api.json<Answer>('/aggregates/delays_by_origin/latest?final=true');
    expect(final.windows).toHaveLength(1);
    expect(final.windows[0]?.final).toBe(true);
    const end = Date.parse(final.windows[0]?.windowEnd ?? '');
    expect(end).toBeLessThanOrEqual(Date.parse(freshness.watermark));
    const { windows: all } = await allPages(`/aggregates/delays_by_origin/series?${RANGE}`);
    for (const window of all) expect(window.final).toBe(Date.parse(window.windowEnd) <= end);
  });
});

test('what is final is read from the table once an execution environment', async () => {
  const environment = api.afresh();
  const target = '/aggregates/delays_by_origin/series?from=2001-01-02&to=2001-01-04&limit=10000';
  const ask = async () => {
    const before = api.usage();
    const answer = await environment.json<Answer>(target);
    const { readUnits, requests } = api.usage();
    const queries = (requests['Query'] ?? 0) - (before.requests['Query'] ?? 0);
    return { answer, readUnits: readUnits - before.readUnits, queries };
  };
  const first = await ask();
  expect(first.answer.windows.length).toBeGreaterThan(20);
  expect(first.answer.windows.every(({ final }) => final)).toBe(true);
  const second = await ask();
  const stable = ({ rows, windows, next }: Answer) => ({ rows, windows, next });
  expect(stable(second.answer)).toEqual(stable(first.answer));
  // What came late is asked for each time, a query a part; finals are not.
  expect(second.queries).toBeLessThanOrEqual(first.queries / 2);
  expect(second.readUnits).toBeLessThan(first.readUnits);
});
