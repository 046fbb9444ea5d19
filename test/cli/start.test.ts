import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectSameAsDuckdb, type PrintedRow } from './duckdb-answer.ts';
import { expectFlights } from './flights-answer.ts';
import { temporaryFolder } from './read-events/read-file.ts';
import { WeirProcess, weir } from './run-weir.ts';
import { someFlights } from './some-flights.ts';

/** Waits until so many events are received, and gives the ledger. */
async function ledgerOf(received: number, args: readonly string[], cwd: string) {
  for (;;) {
    const { stdout, stderr, code } = await weir(['ledger', '--json', ...args], cwd);
    if (code !== 0) throw new Error(stderr);
    const { ledger } = JSON.parse(stdout);
    if (ledger.received >= received) return ledger;
    await sleep(200);
  }
}

/** A printed row without whether its window is final. */
function withoutState(row: PrintedRow): PrintedRow {
  const kept = Object.entries(row).filter(([name]) => !name.startsWith('window.'));
  return Object.fromEntries(kept) as unknown as PrintedRow;
}

async function queryBoth(args: readonly string[], cwd: string) {
  const names = ['delays_by_origin', 'delays_by_route'];
  const answers = await Promise.all(
    names.map((name) => weir(['query', 'flights', name, '--json', ...args], cwd)),
  );
  return Object.fromEntries(names.map((name, at) => [name, JSON.parse(answers[at]?.stdout ?? '')]));
}

test('put, query, ledger and inspect work on a started runtime, and on it again after it was killed', async () => {
  const folder = await temporaryFolder();
  const data = ['--data-dir', 'state'];
  const first = await someFlights(folder, 'first.parquet', 0, 1500);
  const second = await someFlights(folder, 'second.csv', 1500, 500);
  const both = { source: `(FROM ${first.source} UNION ALL FROM ${second.source})`, time: first.time };

  const started = new WeirProcess(['start', 'flights', '--no-replay', ...data], folder);
  await started.says('Up for weir put');
  const put = await weir(['put', 'first.parquet', '--json', ...data], folder);
  expect(JSON.parse(put.stdout)).toMatchObject({ stream: 'weir-flights', events: 1500, setAside: 0 });
  expect(put.code).toBe(0);
  expect(await ledgerOf(1500, data, folder)).toMatchObject({ received: 1500, aggregated: 1500 });
  await expectFlights(await queryBoth(data, folder), first.source, first.time);

  const again = await weir(['start', ...data], folder);
  expect(again.stderr).toContain('A runtime of flights runs in');
  expect(again.code).toBe(2);

  started.signal('SIGKILL');
  await started.finished();
  const gone = await weir(['query', 'flights', 'delays_by_origin', ...data], folder);
  expect(gone.stderr).toContain('No runtime runs with the data folder state');
  expect(gone.code).toBe(2);

  const resumed = new WeirProcess(['start', 'flights', '--no-replay', ...data], folder);
  await resumed.says('Up for weir put');
  await expectFlights(await queryBoth(data, folder), first.source, first.time);
  await weir(['put', 'second.csv', ...data], folder);
  expect(await ledgerOf(2000, data, folder)).toMatchObject({ received: 2000, aggregated: 2000 });
  await expectFlights(await queryBoth(data, folder), both.source, both.time);

  const registry = JSON.parse((await weir(['inspect', 'registry', '--json', ...data], folder)).stdout);
  expect(registry.shards).toHaveLength(1);
  const [head] = JSON.parse((await weir(['inspect', 'head', '--json', ...data], folder)).stdout);
  expect(head).toMatchObject({ shard: 'shardId-000000000000', ledger: { received: 2000 } });
  const stored = JSON.parse(
    (await weir(['inspect', 'block/delays_by_origin', '--json', ...data], folder)).stdout,
  );
  const pending = head.pending.filter(
    ({ aggregate }: { aggregate: string }) => aggregate === 'delays_by_origin',
  );
  expect(stored.length + pending.length).toBeGreaterThan(0);
  for (const { windowStart, n, bytes } of stored.slice(0, 1)) {
    expect(n).toBeLessThanOrEqual(head.n);
    const path = `block/delays_by_origin/${windowStart}`;
    const [block] = JSON.parse((await weir(['inspect', path, '--json', ...data], folder)).stdout);
    expect(block).toMatchObject({
      n,
      bytes,
      groups: expect.arrayContaining([
        {
          group: { origin: expect.any(String) },
          flights: expect.any(Number),
          delay: expect.any(Number),
          worst: expect.any(Number),
        },
      ]),
    });
  }

  resumed.signal('SIGINT');
  expect((await resumed.finished()).code).toBe(0);
  expect(existsSync(join(folder, 'state/runtime.json'))).toBe(false);
});

test('a query takes a group, a window size and times, and tells what there is instead', async () => {
  const folder = await temporaryFolder();
  const flights = await someFlights(folder, 'some.parquet', 0, 2000);
  const started = new WeirProcess(['start', 'flights', 'some.parquet', '--speed', '1000000'], folder);
  await started.says('Up for weir put');
  const query = (...args: string[]) => weir(['query', 'flights', 'delays_by_origin', ...args], folder);

  const all = JSON.parse((await query('--json')).stdout);
  await expectFlights(
    { delays_by_origin: all, delays_by_route: (await queryBoth([], folder)).delays_by_route },
    flights.source,
    flights.time,
  );
  const some = JSON.parse(
    (await query('--json', '--group', 'origin=ATL', '--from', '2001-01-01T01:00', '--to', '2001-01-01 08:00'))
      .stdout,
  );
  expect(some.length).toBeGreaterThan(0);
  // Windows may have become final in between.
  expect(some.map(withoutState)).toEqual(
    all
      .map(withoutState)
      .filter(
        ({ group, windowStart }: { group: { origin: string }; windowStart: string }) =>
          group.origin === 'ATL' && windowStart >= '2001-01-01T01' && windowStart < '2001-01-01T08',
      ),
  );
  expect((await query('--rows', '1', '--window', '60m')).stdout).toMatch(
    /delays_by_origin · every 1h by origin · \d+ rows( · ✓ final)?\n/,
  );
  expect(await query('--window', '2d')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has windows of 1h, 1d, none of 2d'),
  });
  const days = JSON.parse((await query('--window', '1d', '--json')).stdout);
  await expectSameAsDuckdb(days, {
    source: flights.source,
    time: flights.time,
    windowSeconds: 86_400,
    groupBy: ['origin'],
    exact: { flights: 'count(*)', worst: 'max(delay)' },
    approximate: { delay: 'avg(delay)' },
  });
  // Windows are closed every few seconds.
  for (;;) {
    const { finalThrough } = JSON.parse((await weir(['ledger', '--json'], folder)).stdout);
    if (finalThrough !== null) break;
    await sleep(500);
  }
  const finals = JSON.parse((await weir(['inspect', 'final/delays_by_origin/1h', '--json'], folder)).stdout);
  const start = String(finals[0].windowStart);
  const path = `final/delays_by_origin/1h/${start}`;
  const [final] = JSON.parse((await weir(['inspect', path, '--json'], folder)).stdout);
  const ofHour = all.map(withoutState).filter(({ windowStart }: PrintedRow) => windowStart === start);
  expect(final.groups).toHaveLength(ofHour.length);
  expect(final.groups[0]).toEqual({
    group: ofHour[0].group,
    flights: ofHour[0].flights,
    delay: ofHour[0].delay,
    worst: ofHour[0].worst,
  });
  expect((await weir(['inspect', 'late/delays_by_origin', '--json'], folder)).stdout).toBe('[]\n');
  expect(await query('--group', 'orgin=ATL')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean origin?'),
  });
  expect(await query('--from', 'noon')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Give a time as'),
  });
  expect(await weir(['query', 'flights', 'delays_by_orign'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean delays_by_origin?'),
  });
  expect(await weir(['query', 'weather', 'weeks_by_location'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The runtime here runs the pipeline flights, not weather'),
  });
  expect(await weir(['inspect', 'heads'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean head?'),
  });
});

test('put, query and ledger work on a stream and a table that are named, wherever the SDK finds them', async () => {
  const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
  const flights = await someFlights(folder, 'some.csv', 0, 100);
  const started = new WeirProcess(['start', 'flights', '--no-replay', '--json'], folder);
  await started.says('Up for weir put');
  const { environment } = JSON.parse(await started.firstLine());
  const { WEIR_TABLE, WEIR_STREAM, WEIR_DEAD_LETTER_QUEUE_URL: _queue, ...sdk } = environment;

  const put = await weir(['put', flights.path, '--stream', WEIR_STREAM, '--json'], elsewhere, sdk);
  expect(JSON.parse(put.stdout)).toMatchObject({ stream: WEIR_STREAM, events: 100 });
  expect(await ledgerOf(100, [], folder)).toMatchObject({ aggregated: 100 });
  const ledger = await weir(['ledger', 'flights', '--json'], elsewhere, { ...sdk, WEIR_TABLE });
  expect(JSON.parse(ledger.stdout).ledger).toMatchObject({ received: 100 });
  const query = await weir(
    ['query', 'flights', 'delays_by_origin', '--table', WEIR_TABLE, '--json'],
    elsewhere,
    sdk,
  );
  expect(query.code).toBe(0);
  expect(JSON.parse(query.stdout).length).toBeGreaterThan(0);

  expect(await weir(['put', flights.path], elsewhere, sdk)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('with --stream or WEIR_STREAM'),
  });
  expect(await weir(['put', flights.path, '--stream', 'none'], elsewhere, sdk)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("stream none: check the stream's name"),
  });
  expect(await weir(['ledger', 'flights', '--table', 'none'], elsewhere, sdk)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Check the name, the region and the account'),
  });
});

test('start --once ends by itself, with the result on stdout', async () => {
  const folder = await temporaryFolder();
  const flights = await someFlights(folder, 'some.json', 0, 1000);
  const [json, tables] = await Promise.all([
    weir(['start', 'flights', flights.path, '--once', '--json'], folder),
    weir(['start', 'flights', flights.path, '--once'], await temporaryFolder()),
  ]);
  expect(json.code).toBe(0);
  const { ledger, aggregates } = JSON.parse(json.stdout);
  expect(ledger.aggregated).toBe(1000);
  await expectFlights(aggregates, flights.source, flights.time);
  expect(tables.code).toBe(0);
  expect(tables.stdout).toContain('received 1,000 = aggregated 1,000');
  expect(existsSync(join(folder, '.weir/runtime.json'))).toBe(false);
});

test('Ctrl-C in the middle of a replay ends everything that was started', async () => {
  const folder = await temporaryFolder();
  const flights = await someFlights(folder, 'some.json', 0, 5000);
  const started = new WeirProcess(
    ['start', 'flights', flights.path, '--speed', '100', '--data-dir', 'state'],
    folder,
  );
  await started.says('events replayed');
  started.signal('SIGINT');
  const { code, stderr } = await started.finished();
  expect(stderr).toContain('Stopping');
  expect(code).toBe(130);
  expect(existsSync(join(folder, 'state/runtime.json'))).toBe(false);

  const again = new WeirProcess(['start', 'flights', flights.path, '--data-dir', 'state'], folder);
  await again.says('was begun in this data folder and stopped on its way');
  again.signal('SIGTERM');
  await again.finished();
});
