import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { naiveSessions } from '../core/sessions/naive-sessions.ts';
import { temporaryFolder } from './read-events/read-file.ts';
import { DATA, WeirProcess, weir } from './run-weir.ts';

const MINUTE = 60_000;
const GAP = 180 * MINUTE;
const FLIGHTS = `${DATA}flights-2k.json`;
const PIPELINE = `
  import { count, definePipeline, session, sum } from 'weir';
  import * as z from 'zod';
  export default definePipeline({
    name: 'busy',
    schema: z.object({ date: z.string(), delay: z.number(), origin: z.string() }),
    eventTime: (flight) => flight.date,
    aggregates: {
      busy: {
        groupBy: ['origin'],
        window: session({ gap: '3h' }),
        metrics: { flights: count(), delay: sum('delay') },
      },
    },
  });
`;

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly origin: string;
}

const iso = (time: number) => new Date(time).toISOString();

/** The sessions of the file, as rows. */
async function expected() {
  const flights = JSON.parse(await readFile(FLIGHTS, 'utf8')) as Flight[];
  const events = flights.map(({ date, delay, origin }) => ({
    at: Date.parse(`${date.replaceAll('/', '-').replace(' ', 'T')}Z`),
    group: origin,
    delay,
  }));
  return naiveSessions(events, GAP, 1000 * GAP).map((session) => ({
    group: { origin: session.group },
    windowStart: iso(session.start),
    windowEnd: iso(session.end),
    flights: session.events.length,
    delay: session.events.reduce((total, { delay }) => total + delay, 0),
  }));
}

type Row = Readonly<Record<string, unknown>>;

const withoutState = (row: Row) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('window.')));

async function pipelineFile(): Promise<string> {
  const file = join(await temporaryFolder(), 'busy.ts');
  await writeFile(file, PIPELINE);
  return file;
}

test('weir try prints sessions, each with its start, its end, and whether it is final', async () => {
  const { code, stdout } = await weir([
    ...['try', await pipelineFile(), FLIGHTS, '--shards', '2', '--close', '--json'],
  ]);
  expect(code).toBe(0);
  const { aggregates } = JSON.parse(stdout) as { aggregates: Record<string, Row[] | undefined> };
  const rows = aggregates['busy'] ?? [];
  expect(rows.map(withoutState)).toEqual(await expected());
  expect(rows.filter((row) => row['window.final']).length).toBeGreaterThan(1000);
});

test('weir query and inspect have sessions, and the panes that they are made of', async () => {
  const [folder, file] = [await temporaryFolder(), await pipelineFile()];
  const started = new WeirProcess(['start', file, '--no-replay'], folder);
  await started.says('Up for weir put');
  expect((await weir(['put', FLIGHTS, '--json'], folder)).code).toBe(0);
  const all = await expected();
  const query = async (...args: string[]) => {
    const { code, stderr, stdout } = await weir(['query', file, 'busy', ...args], folder);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  for (;;) {
    const { ledger } = JSON.parse((await weir(['ledger', '--json'], folder)).stdout);
    if (ledger.received === 2000) break;
  }
  const ofJfk = all.filter(({ group }) => group.origin === 'JFK');
  const found = JSON.parse(await query('--group', 'origin=JFK', '--json')) as Row[];
  expect(found.map(withoutState)).toEqual(ofJfk);

  const from = all[100]?.windowStart ?? '';
  const to = all[120]?.windowStart ?? '';
  const within = JSON.parse(await query('--from', from, '--to', to, '--json')) as Row[];
  expect(within.map(withoutState)).toEqual(
    all.filter(({ windowStart }) => windowStart >= from && windowStart < to),
  );
  expect(await query('--rows', '1')).toMatch(/^busy · sessions with gaps of 3h by origin · [\d,]+ rows/);

  const [first] = all;
  const pane = iso(Math.floor(Date.parse(first?.windowStart ?? '') / GAP) * GAP);
  const stored: Row[] = [];
  for (const kind of ['block', 'final'] as const) {
    const path = kind === 'block' ? `block/busy/${pane}` : `final/busy/3h/${pane}`;
    const { code, stdout } = await weir(['inspect', path, '--json'], folder);
    if (code === 0) stored.push(...(JSON.parse(stdout) as Row[]));
  }
  const groups = stored.flatMap(({ groups: each }) => each as Row[]);
  expect(groups.find((group) => (group['group'] as Row)['origin'] === first?.group.origin)).toMatchObject({
    $first: first?.windowStart,
    $last: expect.stringMatching(/^2001-.*Z$/),
  });
});
