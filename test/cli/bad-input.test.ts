import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { duckdb } from './duckdb-answer.ts';
import { temporaryFolder } from './read-events/read-file.ts';
import { weir } from './run-weir.ts';

/** Ten kinds of bad events, and the reason that each is rejected for. */
const BAD_LINES: readonly (readonly [line: string, reason: string])[] = [
  ['this is no JSON', 'not_json'],
  ['{"date":"2001-01-01T00:00","delay":1,', 'not_json'],
  ['42', 'schema'],
  ['null', 'schema'],
  ['[1,"rubbish",{}]', 'schema'],
  [flight({ delay: '"late"' }), 'schema'],
  [flight({ origin: undefined }), 'schema'],
  [flight({ date: '"yesterday"' }), 'event_time'],
  [flight({ date: '"275760-09-13T00:00:00.000Z"' }), 'event_time'],
  [flight({ delay: '1e999' }), 'schema'],
];

/** A flight's JSON, with some fields' JSON replaced or left out. */
function flight(fields: Readonly<Record<string, string | undefined>>): string {
  const all = {
    date: '"2001-01-01T00:10"',
    delay: '5',
    distance: '100',
    origin: '"JFK"',
    destination: '"SFO"',
    ...fields,
  };
  const members = Object.entries(all).filter(([, json]) => json !== undefined);
  return `{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
}

/** 1,000 good lines with 50 bad ones among them, every kind five times. */
function mixedLines(): string[] {
  const bad = Array.from({ length: 5 }, () => BAD_LINES.map(([line]) => line)).flat();
  return Array.from({ length: 1000 }, (_, at) => [
    flight({}),
    ...(at % 20 === 0 ? [bad[at / 20] ?? ''] : []),
  ]).flat();
}

test('1,000 good events are aggregated among 50 bad ones, which are kept with payload and reason', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'mixed.ndjson');
  const kept = join(folder, 'kept.ndjson');
  await writeFile(path, mixedLines().join('\n'));
  const { code, stdout, stderr } = await weir(['try', 'flights', path, '--json', '--dead-letters', kept]);
  expect(code).toBe(3);
  const { ledger, aggregates } = JSON.parse(stdout);
  expect(ledger).toEqual({
    received: 1050,
    aggregated: 1000,
    invalid: 50,
    duplicate: 0,
    late: 0,
    expired: 0,
    held: 0,
  });
  expect(aggregates.delays_by_origin).toEqual([
    {
      group: { origin: 'JFK' },
      windowStart: '2001-01-01T00:00:00.000Z',
      windowEnd: '2001-01-01T01:00:00.000Z',
      flights: 1000,
      delay: 5,
      worst: 5,
    },
  ]);
  const letters = (await readFile(kept, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(letters).toHaveLength(50);
  for (const [line, reason] of BAD_LINES) {
    const found = letters.filter((letter) => normal(letter.payload) === normal(line));
    expect([line, ...found.map((letter) => letter.reason)]).toEqual([
      line,
      ...Array.from({ length: 5 }, () => reason),
    ]);
    for (const letter of found) {
      expect(letter).toMatchObject({ pipeline: 'flights', sequenceNumber: expect.stringMatching(/^\d+$/) });
    }
  }
  expect(stderr).toContain('50 events set aside');
  expect(stderr).not.toMatch(/yesterday|rubbish/); // payloads are not shown
});

/** Payloads of what was parsed are written anew: the same JSON, without its blanks. */
function normal(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload)) ?? payload;
  } catch {
    return payload;
  }
}

test('a broken line among the elements of an array, as a row of CSV: one event each, whatever they hold', async () => {
  const folder = await temporaryFolder();
  const bad = ['{"a"\n2}', '[1 2]', 'NaN', '[[1],[2]]', '""'];
  await writeFile(join(folder, 'x.json'), `[${[flight({}), ...bad, flight({})].join(',')}]`);
  const rows = ['date,delay,distance,origin,destination', '2001-01-01,1,2,JFK,SFO', '[1,2]', '"a\nb",c'];
  await writeFile(join(folder, 'x.csv'), rows.join('\n'));
  const [array, csv] = await Promise.all(
    ['x.json', 'x.csv'].map((name) => weir(['try', 'flights', join(folder, name), '--json'])),
  );
  expect(array?.code).toBe(3);
  expect(JSON.parse(array?.stdout ?? '').ledger).toMatchObject({ received: 7, aggregated: 2, invalid: 5 });
  expect(csv?.code).toBe(3);
  expect(JSON.parse(csv?.stdout ?? '').ledger).toMatchObject({ received: 3, aggregated: 1, invalid: 2 });
});

test('an event of 5 MB that no record can take is kept in the bucket, and its neighbours count', async () => {
  const folder = await temporaryFolder();
  const kept = join(folder, 'kept.ndjson');
  // Random, so that it does not compress.
  const noise = Buffer.from(
    Array.from({ length: 3_800_000 }, () => Math.floor(Math.random() * 256)),
  ).toString('base64');
  const large = flight({ note: JSON.stringify(noise) });
  await writeFile(join(folder, 'x.ndjson'), [flight({}), large, flight({})].join('\n'));
  const { code, stdout, stderr } = await weir([
    ...['try', 'flights', join(folder, 'x.ndjson'), '--json', '--dead-letters', kept],
  ]);
  expect(stderr).toContain('1 event set aside');
  expect(code).toBe(3);
  expect(JSON.parse(stdout).ledger).toMatchObject({ received: 3, aggregated: 2, invalid: 1 });
  expect(JSON.parse(await readFile(kept, 'utf8'))).toMatchObject({
    reason: 'too_large',
    payloadObject: { bytes: large.length, key: expect.stringContaining('too-large/') },
  });
});

test('numbers that are none, or too large, are set aside and seen; negative ones count', async () => {
  const folder = await temporaryFolder();
  const [path, kept] = [join(folder, 'x.parquet'), join(folder, 'kept.ndjson')];
  const delays = ["'NaN'", "'inf'", "'-inf'", '1e300', '-1e99', '-5', '0'];
  const rows = delays.map(
    (delay) => `(TIMESTAMP '2001-01-01 00:10:00', ${delay}::DOUBLE, 100, 'JFK', 'SFO')`,
  );
  await duckdb(
    `COPY (FROM (VALUES ${rows.join(', ')}) t(date, delay, distance, origin, destination)) TO '${path}'`,
  );
  const { code, stdout } = await weir(['try', 'flights', path, '--json', '--dead-letters', kept]);
  expect(code).toBe(3);
  const { ledger, aggregates } = JSON.parse(stdout);
  expect(ledger).toMatchObject({ received: 7, aggregated: 3, invalid: 4 });
  expect(aggregates.delays_by_origin).toMatchObject([{ flights: 3, worst: 0 }]);
  expect(aggregates.delays_by_route).toMatchObject([{ flights: 3, earliest: -1e99 }]);
  const letters = (await readFile(kept, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const seen = letters.map(({ payload, reason }) => [/"delay":([^,]*),/.exec(payload)?.[1], reason]);
  expect(seen.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual([
    ['-1e999', 'schema'],
    ['1e+300', 'number'],
    ['1e999', 'schema'],
    ['NaN', 'not_json'],
  ]);
});

test('names and values that JavaScript has a meaning for are names and values', async () => {
  const path = join(await temporaryFolder(), 'x.ndjson');
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const pipeline = join(await temporaryFolder(), 'names.ts');
  await writeFile(pipeline, NAMES);
  await writeFile(path, names.map((name) => JSON.stringify({ at: '2001-01-01', name })).join('\n'));
  const { code, stdout } = await weir(['try', pipeline, path, '--json']);
  expect(code).toBe(0);
  const rows: { group: { name: string }; events: number }[] = JSON.parse(stdout).aggregates.by_name;
  expect(rows.map(({ group, events }) => [group.name, events])).toEqual(
    names.toSorted().map((name) => [name, 1]),
  );
});

test('a CSV without a needed column is said to be so, with the columns that it has', async () => {
  const path = join(await temporaryFolder(), 'x.csv');
  await writeFile(path, 'date,late_by,distance,origin,destination\n2001-01-01,1,2,JFK,SFO\n');
  const { code, stdout, stderr } = await weir(['try', 'flights', path, '--json']);
  expect(stderr).toContain(
    'has no column delay, which every event of flights needs; it has date, late_by, distance, origin, destination.',
  );
  expect(code).toBe(3);
  expect(JSON.parse(stdout).ledger).toMatchObject({ received: 1, invalid: 1 });
});

test.each([
  [['try', 'flights', 'no-such-file.json'], 'no-such-file.json does not exist'],
  [['try', 'flights', '.'], '. is a folder'],
  [['try', 'fligths', 'package.json'], 'There is no pipeline fligths in pipelines/. Did you mean flights?'],
  [['try', './none.ts', 'package.json'], 'There is no file'],
  [['try', 'flights'], "missing required argument 'file'"],
  [['trie', 'flights'], '(Did you mean try?)'],
  [['try', 'flights', 'package.json', '--shard', '2'], '(Did you mean --shards?)'],
  [['try', 'flights', 'package.json', '--batch-size', '0'], 'Give a whole number from 1 to'],
  [['try', 'flights', 'package.json', '--dead-letters', '/no/such/folder/x'], "can't be written"],
])(
  'what the user can put right ends with exit code 2 and a message without a stack: %j',
  async (args, message) => {
    const { code, stdout, stderr } = await weir(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  },
);

const NAMES = `
import * as z from 'zod';
import { count, definePipeline, tumbling } from 'weir';

export default definePipeline({
  name: 'names',
  schema: z.object({ at: z.string(), name: z.string() }),
  eventTime: (event) => event.at,
  aggregates: { by_name: { groupBy: ['name'], window: tumbling('1d'), metrics: { events: count() } } },
});
`;
