import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from './read-events/read-file.ts';
import { DATA, weir } from './run-weir.ts';

const DOCS = new URL('../../docs/pipelines.md', import.meta.url);
const FLIGHTS = `${DATA}flights-2k.json`;

interface Row {
  readonly group: Readonly<Record<string, unknown>>;
  readonly windowStart: string;
  readonly flights: number;
}

/** The pipeline that docs/pipelines.md shows. */
let source = '';
beforeAll(async () => {
  const fence = /^```ts flights_by_city\.ts\n(.*?)^```$/ms.exec(await readFile(DOCS, 'utf8'));
  source = fence?.[1] ?? '';
});

/** A folder with it, and with airports in the file that it names. */
async function project(change: (text: string) => string = (text) => text): Promise<string> {
  const folder = await temporaryFolder();
  await symlink(new URL('../../node_modules', import.meta.url), join(folder, 'node_modules'));
  await symlink(`${DATA}airports.csv`, join(folder, 'airports.csv'));
  await writeFile(join(folder, 'flights_by_city.ts'), change(source));
  return folder;
}

/** Flights by city, state, part of the day and day, joined and counted by hand. */
async function naiveCounts(): Promise<Record<string, number>> {
  const airports = new Map<string, readonly (string | undefined)[]>();
  const [, ...lines] = (await readFile(`${DATA}airports.csv`, 'utf8')).trim().split('\n');
  for (const line of lines) {
    // Names are quoted where they have a comma; what is behind them has none.
    const [iata = '', ...rest] = line.split(',');
    airports.set(iata, rest.slice(-5));
  }
  const counts: Record<string, number> = {};
  for (const { date, origin } of JSON.parse(await readFile(FLIGHTS, 'utf8')) as Record<string, string>[]) {
    const [city, state] = airports.get(origin ?? '') ?? ['unknown', null];
    const part = Number(date?.slice(11, 13)) < 12 ? 'morning' : 'afternoon';
    const cell = JSON.stringify([date?.slice(0, 10).replaceAll('/', '-'), city, state, part]);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

function countsOf(stdout: string): Record<string, number> {
  const { aggregates } = JSON.parse(stdout) as { aggregates: Record<string, Row[] | undefined> };
  const rows = aggregates['delays_by_city'] ?? [];
  return Object.fromEntries(
    rows.map(({ flights, group, windowStart }) => [
      JSON.stringify([
        windowStart.slice(0, 10),
        group['airport_city'],
        group['airport_state'],
        group['part_of_day'],
      ]),
      flights,
    ]),
  );
}

describe('weir try, with the pipeline of docs/pipelines.md', () => {
  test('joins what the file has, killed or not', async () => {
    const folder = await project();
    const options = ['--json', '--batch-size', '200', '--kill', '2', '--seed', '7'];
    const { code, stderr, stdout } = await weir(['try', './flights_by_city.ts', FLIGHTS, ...options], folder);
    expect(stderr).toContain('Killed the function 2 times of 2');
    expect(code).toBe(0);
    const { ledger, cost } = JSON.parse(stdout);
    expect(ledger).toMatchObject({ received: 2000, aggregated: 2000 });
    expect(cost.requests.BatchGetItem).toBeGreaterThan(0);
    // Filling the table is not what the pipeline costs.
    expect(cost.requests.BatchWriteItem).toBeUndefined();
    expect(countsOf(stdout)).toEqual(await naiveCounts());
  });

  test.each<[string, string, string, RegExp]>([
    [
      'names no file',
      "      localFile: 'airports.csv',\n",
      '',
      /lookup\.airport .* names no localFile.*column iata/,
    ],
    ['names one that is not there', 'airports.csv', 'nowhere.csv', /nowhere\.csv does not exist/],
    [
      'names a key that rows do not have',
      "tableKey: 'iata'",
      "tableKey: 'code'",
      /airports\.csv: row 1 has no code/,
    ],
  ])('says what to do where the lookup %s', async (_, from, to, message) => {
    const folder = await project((text) => text.replace(from, to));
    const { code, stderr } = await weir(['try', './flights_by_city.ts', FLIGHTS], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
