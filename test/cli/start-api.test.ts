import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectSameAsDuckdb, type PrintedRow } from './duckdb-answer.ts';
import { temporaryFolder } from './read-events/read-file.ts';
import { WeirProcess, weir } from './run-weir.ts';
import { someFlights } from './some-flights.ts';

interface Page {
  readonly rows: readonly PrintedRow[];
  readonly next: string | null;
}

test('weir start --api answers over HTTP with the values that are put, and ends with the runtime', async () => {
  const folder = await temporaryFolder();
  const { path, source, time } = await someFlights(folder, 'some.parquet', 0, 1500);
  const started = new WeirProcess(['start', 'flights', '--no-replay', '--api', '0', '--json'], folder);
  const { api } = JSON.parse(await started.firstLine()) as { api: string };
  expect(api).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(`${api}/aggregates/delays_by_origin/latest`)).json()).toMatchObject({ rows: [] });

  const refused = await fetch(`${api}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ date: '2001-01-01 00:00', delay: 'much' }]),
  });
  expect([refused.status, await refused.json()]).toMatchObject([400, { accepted: 0, rejected: 1 }]);
  expect((await weir(['put', path], folder)).code).toBe(0);
  for (;;) {
    const { stdout } = await weir(['ledger', '--json'], folder);
    if ((JSON.parse(stdout) as { ledger: { received: number } }).ledger.received === 1500) break;
    await sleep(200);
  }
  const health = await fetch(`${api}/health`);
  const well = { pipeline: 'flights', status: 'ok', freshness: { newestEvent: expect.any(String) } };
  expect([health.status, await health.json()]).toMatchObject([200, well]);
  const asked = await weir(['health', '--json'], folder);
  const names = (JSON.parse(asked.stdout) as { checks: { name: string }[] }).checks.map(({ name }) => name);
  expect([asked.code, names]).toEqual([0, ['table', 'stream', 'dead-letter queue', 'dead-letter bucket']]);
  expect((await weir(['health'], folder)).stdout).toMatch(/^flights {2}ok {2}newest event 2001-/);
  const elsewhere = await weir(['health', 'flights', '--table', 'no-such-table'], folder);
  expect([elsewhere.code, elsewhere.stdout]).toEqual([1, expect.stringContaining('failing  table')]);

  // Events of another month than those that are asked for below.
  const flight = { date: '2001-03-01 12:00', delay: 5, distance: 100, origin: 'XYZ', destination: 'LAX' };
  const taken = await fetch(`${api}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: [flight, { ...flight, delay: 9 }].map((one) => JSON.stringify(one)).join('\n'),
  });
  expect([taken.status, await taken.json()]).toMatchObject([200, { accepted: 2, rejected: 0 }]);
  const counted = async () => {
    const url = `${api}/aggregates/delays_by_origin/latest?group.origin=XYZ`;
    return ((await (await fetch(url)).json()) as Page).rows.map(({ worst }) => worst);
  };
  await expect.poll(counted, { interval: 200, timeout: 60_000 }).toEqual([9]);

  const rows: PrintedRow[] = [];
  let cursor = '';
  do {
    // The flights are of 2001-01-01 on.
    const range = 'from=2001-01-01&to=2001-02-01&limit=500';
    const page = (await (
      await fetch(`${api}/aggregates/delays_by_origin/series?${range}${cursor}`)
    ).json()) as Page;
    rows.push(...page.rows);
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  await expectSameAsDuckdb(rows, {
    ...{ source, time, windowSeconds: 3600, groupBy: ['origin'] },
    exact: { flights: 'count(*)', worst: 'max(delay)' },
    approximate: { delay: 'avg(delay)' },
  });

  const { port } = new URL(api);
  const second = await weir(
    ['start', 'flights', '--no-replay', '--api', port, '--data-dir', 'other'],
    folder,
  );
  expect(second.code).toBe(2);
  expect(second.stderr).toContain(`Something else has the port ${port}`);

  started.signal('SIGINT');
  await started.finished();
  await expect(fetch(api)).rejects.toThrow('fetch failed');
});

test('weir start --api is not for --once', async () => {
  const { code, stderr } = await weir(['start', '--once', '--api', '0'], await temporaryFolder());
  expect([code, stderr]).toEqual([2, expect.stringContaining('leave out --once')]);
});
