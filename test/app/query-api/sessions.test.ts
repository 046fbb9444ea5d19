import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { count, definePipeline, session, sum, tumbling } from 'weir';
import { nodeCompression } from '#adapters/node-compression.ts';
import { sha256 } from '#adapters/sha256.ts';
import { openApiDocument } from '#app/open-api/document.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { answerQuery } from '#app/query-api/query-api.ts';
import { QUERY_PATHS } from '#contracts/query-api.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { naiveSessions } from '../../core/sessions/naive-sessions.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { CloseWorld } from '../close/close-world.ts';
import { allWell, requestOf, type ShownAnswer } from './shop.ts';

interface Click {
  readonly at: number;
  readonly group: string;
  readonly n: number;
}

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
const schema: StandardSchema<unknown, Click> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Click> },
};
const visits = {
  groupBy: ['group'],
  window: session({ gap: '10m', longest: '1h' }),
  metrics: { clicks: count(), n: sum('n') },
} as const;
const pipeline = definePipeline({
  name: 'clicks',
  schema,
  eventTime: ({ at }: Click) => at,
  allowedLateness: '5m',
  aggregates: {
    visits,
    hours: { groupBy: ['group'], window: tumbling('1h'), metrics: { clicks: count() } },
  },
});
const onlySessions = definePipeline({
  name: 'only',
  schema,
  eventTime: ({ at }: Click) => at,
  aggregates: { visits },
});

const at = (minute: number, group = 'a', n = 1): Click => ({ at: NOON + minute * MINUTE, group, n });
/** Two users begin in the same instant and do not end in the same; one comes again, one is there for long. */
const CLICKS = [
  ...[at(1, 'a'), at(1, 'b', 2), at(7, 'b', 3), at(30, 'a', 4)],
  ...[35, 40, 45, 50, 55, 60, 65].map((minute) => at(minute, 'c')),
  ...[at(90, 'b'), at(91, 'a', 7), at(95, 'b')],
];
/** Comes when its pane is closed: a part of what `b` did first. */
const LATE = at(13, 'b', 10);

const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);

beforeAll(async () => {
  await world.add(0, CLICKS);
  await world.closeUntilDone();
  await world.add(0, [LATE]);
});

async function get(path: string, of = world) {
  const response = await answerQuery(
    {
      pipeline,
      answer: (aggregate, levelMs, range) =>
        answerAggregate({ table: toPort(of.table), compression: nodeCompression }, aggregate, {
          ...range,
          levelMs,
        }),
      now: () => 0,
      hash: sha256,
      health: allWell,
      together: () => Promise.reject(new Error('nobody asks')),
      onUnavailable: () => {},
    },
    requestOf(path),
    { deadline: Number.POSITIVE_INFINITY, basePath: '' },
  );
  return { ...response, body: String(response.body) };
}

async function answer(path: string, of = world): Promise<ShownAnswer> {
  const { body, status } = await get(path, of);
  expect([status, body]).toEqual([200, expect.anything()]);
  return JSON.parse(body) as ShownAnswer;
}

const minutes = (time: unknown) => (Date.parse(String(time)) - NOON) / MINUTE;
const shown = ({ rows }: ShownAnswer) =>
  rows.map(({ group, windowStart, windowEnd, clicks, n }) => [
    ...[minutes(windowStart), minutes(windowEnd), (group as { group: string }).group, clicks, n],
  ]);
const range = (from: number, to: number) => `from=${NOON + from * MINUTE}&to=${NOON + to * MINUTE}`;

describe('a series of sessions', () => {
  test('has each with its own start, end and state', async () => {
    const all = await answer(`/aggregates/visits/series?${range(0, 100)}`);
    expect(shown(all)).toEqual([
      [1, 11, 'a', 1, 1],
      [1, 23, 'b', 3, 15],
      [30, 40, 'a', 1, 4],
      [35, 75, 'c', 7, 7],
      [90, 105, 'b', 2, 2],
      [91, 101, 'a', 1, 7],
    ]);
    expect(all.level).toBe('10m');
    expect(
      all.windows.map(({ windowStart, windowEnd, final, amended }) => [
        ...[minutes(windowStart), minutes(windowEnd), final, amended],
      ]),
    ).toEqual([
      [1, 11, true, false],
      [1, 23, true, true],
      [30, 40, true, false],
      [35, 75, true, false],
      [90, 105, false, false],
      [91, 101, false, false],
    ]);
  });

  test('is of those that begin in the range, and has them whole', async () => {
    expect(shown(await answer(`/aggregates/visits/series?${range(2, 36)}`))).toEqual([
      [30, 40, 'a', 1, 4],
      [35, 75, 'c', 7, 7],
    ]);
    expect(shown(await answer(`/aggregates/visits/series?${range(0, 100)}&group.group=a&metrics=n`))).toEqual(
      [
        [1, 11, 'a', undefined, 1],
        [30, 40, 'a', undefined, 4],
        [91, 101, 'a', undefined, 7],
      ],
    );
  });

  test('says of each row whether it is final, in lines and in CSV', async () => {
    const ndjson = await get(`/aggregates/visits/series?${range(0, 20)}&format=ndjson`);
    const lines = ndjson.body.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Record<string, unknown>)['window.amended'])).toEqual([
      false,
      true,
    ]);
    const csv = await get(`/aggregates/visits/series?${range(0, 20)}&format=csv`);
    expect(csv.body.trim().split('\r\n').slice(1)).toEqual([
      '2026-03-01T12:01:00.000Z,2026-03-01T12:11:00.000Z,true,false,,a,1,1',
      '2026-03-01T12:01:00.000Z,2026-03-01T12:23:00.000Z,true,true,,b,3,15',
    ]);
  });

  test('may be kept longer when all that can begin in the range is final', async () => {
    const ageOf = async (to: number) =>
      (await get(`/aggregates/visits/series?${range(0, to)}`)).headers['cache-control'];
    expect(await ageOf(90)).toBe('private, max-age=60');
    // One that begins at 90 goes on, and another may begin.
    expect(await ageOf(91)).toBe('private, max-age=1');
  });

  test('comes in pages, each session once and whole, whatever their size', async () => {
    const click = fc.record({
      at: fc.integer({ min: 0, max: 300 }).map((minute) => NOON + minute * MINUTE),
      group: fc.constantFrom('a', 'b', 'c'),
      n: fc.integer({ min: 0, max: 9 }),
    });
    const clicks = fc.array(click, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        clicks,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (made, limit, isClosed) => {
          const of = new CloseWorld(pipeline, 2, NOON + 301 * MINUTE);
          for (const [i, each] of made.entries()) await of.add(i % 2, [each]);
          if (isClosed) await of.closeUntilDone();
          const found: unknown[] = [];
          const first = `/aggregates/visits/series?${range(-5, 305)}&limit=${limit}`;
          for (let path = first; ; ) {
            const page = await answer(path, of);
            found.push(...shown(page));
            const windowsOf = (all: readonly Readonly<Record<string, unknown>>[]) =>
              new Set(all.map(({ windowStart, windowEnd }) => `${String(windowStart)}/${String(windowEnd)}`));
            expect(page.windows.length).toBe(windowsOf(page.windows).size);
            expect(windowsOf(page.windows)).toEqual(windowsOf(page.rows));
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            if (page.next === null) break;
            path = `${first}&cursor=${page.next}`;
          }
          const expected = naiveSessions(made, 10 * MINUTE, 60 * MINUTE).map(
            ({ group, start, end, events }) => [
              ...[(start - NOON) / MINUTE, (end - NOON) / MINUTE, group, events.length],
              events.reduce((total, { n }) => total + n, 0),
            ],
          );
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the latest session', () => {
  test('is the one that began last, of a group or of all; or of those that are final', async () => {
    const latest = async (query = '') => shown(await answer(`/aggregates/visits/latest${query}`));
    expect(await latest()).toEqual([[91, 101, 'a', 1, 7]]);
    expect(await latest('?group.group=b')).toEqual([[90, 105, 'b', 2, 2]]);
    expect(await latest('?final=true')).toEqual([[35, 75, 'c', 7, 7]]);
    expect(await latest('?final=true&group.group=b')).toEqual([[1, 23, 'b', 3, 15]]);
    expect(await latest('?group.group=nobody')).toEqual([]);
  });
});

test('the latest that is final is given without one that began beside it and goes on', async () => {
  const of = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
  await of.add(0, [at(75, 'a'), at(80, 'b'), at(88, 'b'), at(95, 'b')]);
  await of.closeUntilDone();
  expect(shown(await answer('/aggregates/visits/latest?final=true', of))).toEqual([[75, 85, 'a', 1, 1]]);
  expect(shown(await answer('/aggregates/visits/latest', of))).toEqual([[80, 105, 'b', 3, 3]]);
});

describe('what can be asked of sessions', () => {
  test('is listed, with their gap', async () => {
    const { body } = await get('/aggregates');
    expect(body).toContain('"window":{"type":"session","gap":"10m","longest":"1h"},"levels":["10m"]');
  });

  test('is no top: they have no window in common', async () => {
    const { body, status } = await get('/aggregates/visits/top?by=n');
    expect(status).toBe(400);
    expect(body).toContain(
      'is visits, whose groups have sessions of their own and no window in common; ask for its series.',
    );
    expect((await get('/aggregates/hours/top?by=clicks')).status).toBe(200);
  });

  test('is several aggregates in one range, sessions and others', async () => {
    const { body } = await get(`/series?aggregates=visits,hours&${range(0, 60)}&group.group=a`);
    const { aggregates } = JSON.parse(body) as { aggregates: Record<string, ShownAnswer> };
    expect(aggregates['visits']?.rows).toHaveLength(2);
    expect(aggregates['hours']?.rows).toHaveLength(1);
  });

  test.each([pipeline, onlySessions])('is described as it is answered: $name', async (of) => {
    const document = JSON.parse(JSON.stringify(openApiDocument(of))) as ReturnType<typeof openApiDocument>;
    const result = await new Validator().validate(document);
    expect(result).toEqual({ valid: true });
    const hasTop = Object.keys(document.paths).includes(QUERY_PATHS.top);
    expect(hasTop).toBe(of === pipeline);
    expect(document.components.schemas).not.toHaveProperty('Top_visits');
    if (of !== pipeline) return;
    const iso = (text: string) => new Date(text).toISOString() === text;
    const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { 'date-time': iso } });
    ajv.addSchema(document, 'api');
    for (const [schemaName, path] of [
      ['Series_visits', `/aggregates/visits/series?${range(0, 100)}`],
      ['Latest_visits', '/aggregates/visits/latest'],
      ['Several', `/series?aggregates=visits,hours&${range(0, 60)}`],
      ['Aggregates', '/aggregates'],
    ] as const) {
      const validate = ajv.getSchema(`api#/components/schemas/${schemaName}`) ?? expect.fail(schemaName);
      await validate(JSON.parse((await get(path)).body));
      expect([schemaName, validate.errors]).toEqual([schemaName, null]);
    }
  });
});
