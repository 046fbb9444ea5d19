import { describe, expect, test } from 'vitest';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { ShopApi, START } from './shop.ts';

const api = new ShopApi([{ hour: 0, shop: 'a', sales: 1, euros: 1, dearest: 1 }]);
const SERIES = '/aggregates/by_shop/series';
const TOP = '/aggregates/by_shop/top';

interface ShownProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly parameter: string; readonly detail: string }[];
}

async function problem(target: string, headers = {}, method = 'GET'): Promise<ShownProblem> {
  const response = await api.get(target, headers, method);
  expect(response.headers['content-type']).toBe('application/problem+json');
  const body = JSON.parse(String(response.body)) as ShownProblem;
  expect(body.status).toBe(response.status);
  return body;
}

/** A request, the parameter that is wrong with it, and what the answer says of it. */
const MISTAKES: readonly (readonly [target: string, parameter: string, says: string])[] = [
  [
    `${SERIES}?form=2026-01-10`,
    'form',
    'is no parameter here; there are format, from, to, level, group.shop',
  ],
  [`${SERIES}?group.shpo=a`, 'group.shpo', 'is no parameter here'],
  ['/aggregates/all/series?group.shop=a', 'group.shop', 'is no parameter here'],
  [`${SERIES}?from=yesterday`, 'from', '"yesterday", which is no time; give ISO 8601'],
  [`${SERIES}?from=2026`, 'from', 'is no time'],
  [`${SERIES}?from=20260110`, 'from', 'is no time'],
  // Seconds.
  [`${SERIES}?from=1768003200`, 'from', 'is no time'],
  [`${SERIES}?from=2026-02-30`, 'from', 'is no time'],
  [`${SERIES}?from=`, 'from', 'is empty'],
  [`${SERIES}?from=2026-01-11&to=2026-01-11`, 'to', 'is no later than from'],
  [
    `${SERIES}?from=2026-01-01&to=2027-01-01`,
    'to',
    'a range of 8760 windows of 1h; the most is 1500, so ask for 1500h',
  ],
  [`${SERIES}?limit=0`, 'limit', 'give a whole number from 1 to 10000'],
  [`${SERIES}?limit=1e3`, 'limit', 'give a whole number'],
  [`${SERIES}?limit=10001`, 'limit', 'give a whole number'],
  [`${SERIES}?limit=5&limit=6`, 'limit', 'is given 2 times'],
  [
    `${SERIES}?metrics=sales,eruos`,
    'metrics',
    '"eruos", which is no metric of by_shop; there are sales, euros, dearest',
  ],
  [`${SERIES}?level=2h`, 'level', '"2h"; by_shop has windows of 1h, 1d'],
  ['/aggregates/all/series?level=1d', 'level', 'all has windows of 1h.'],
  [`${SERIES}?cursor=abc`, 'cursor', 'is none of this query'],
  [`${SERIES}?format=xml`, 'format', 'give one of json, ndjson, csv'],
  ['/aggregates/by_shop/latest?final=yes', 'final', 'give one of true, false'],
  ['/aggregates/by_shop/latest?from=2026-01-10', 'from', 'is no parameter here'],
  [TOP, 'by', 'is missing; give the metric to go by, one of sales, euros, dearest'],
  [`${TOP}?by=revenue`, 'by', 'give one of sales'],
  [`${TOP}?by=sales&n=101`, 'n', 'from 1 to 100'],
  [`${TOP}?by=sales&window=newest`, 'window', 'is no time'],
  [`${TOP}?by=sales&order=down`, 'order', 'give one of desc, asc'],
  ['/aggregates?verbose=true', 'verbose', 'is no parameter here; there are none'],
  ['/openapi.json?verbose=true', 'verbose', 'is no parameter here'],
  ['/series?from=2026-01-10&to=2026-01-11', 'aggregates', 'is missing'],
  ['/series?aggregates=by_shop&to=2026-01-11', 'from', 'is missing'],
  [
    '/series?aggregates=by_shop,by_shpo&from=2026-01-10&to=2026-01-11',
    'aggregates',
    'there are by_shop, all',
  ],
  [
    '/series?aggregates=by_shop&from=2026-01-10&to=2026-01-11&metrics=sales',
    'metrics',
    'is no parameter here',
  ],
  // Only what all of them group by.
  [
    '/series?aggregates=by_shop,all&from=2026-01-10&to=2026-01-11&group.shop=a',
    'group.shop',
    'is no parameter',
  ],
  ['/series?aggregates=by_shop&from=2026-01-10&to=2026-01-11&format=csv', 'format', 'give one of json'],
];

describe('a request with a mistake', () => {
  test.each(MISTAKES)('%s is told what is wrong with %s', async (target, parameter, says) => {
    const { detail, errors, status, type } = await problem(target);
    expect([status, type]).toEqual([400, 'urn:weir:problem:invalid-parameters']);
    expect(errors?.map((error) => error.parameter)).toEqual([parameter]);
    expect(errors?.[0]?.detail).toContain(says);
    expect(detail).toContain(says);
  });

  test('is told all of them at once', async () => {
    const { errors } = await problem(`${SERIES}?from=x&to=y&limit=z&colour=red&metrics=nothing`);
    expect(errors?.map(({ parameter }) => parameter)).toEqual(['from', 'to', 'metrics', 'limit', 'colour']);
  });

  test('of thousands gets an answer of some', async () => {
    const target = `${SERIES}?metrics=${Array.from({ length: 5000 }, (_, i) => `m${i}`).join(',')}`;
    const { detail, errors } = await problem(target);
    expect(errors).toHaveLength(20);
    expect(detail.length).toBeLessThanOrEqual(1000);
    const { errors: long } = await problem(`${SERIES}?from=${'9'.repeat(5000)}`);
    expect(long?.[0]?.detail.length).toBeLessThan(250);
  });

  test('reads nothing', async () => {
    const untouched = new ShopApi([]);
    for (const [target] of MISTAKES) await untouched.get(target);
    expect(untouched.reads).toEqual([]);
  });
});

describe('what is not there', () => {
  test.each([
    '/',
    '/aggregate',
    '/aggregates/',
    '/aggregates/by_shop',
    '/aggregates//series',
    '/aggregates/by_shop/series/',
    '/aggregates/a/b/series',
    '/series/',
  ])('no path %s', async (path) => {
    const { detail, status, type } = await problem(path);
    expect([status, type]).toEqual([404, 'urn:weir:problem:no-such-path']);
    expect(detail).toContain('/aggregates/{name}/series');
  });

  test.each(['series', 'latest', 'top'])(
    'no %s of an aggregate that the pipeline does not have',
    async (what) => {
      for (const name of ['by_shpo', '__proto__', 'constructor', 'by%5Fshop']) {
        const { detail, status } = await problem(`/aggregates/${name}/${what}`);
        expect([status, detail]).toEqual([404, 'The pipeline sales has by_shop, all.']);
      }
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('no %s', async (method) => {
    expect(await problem(SERIES, {}, method)).toMatchObject({ status: 405 });
    expect((await api.get(SERIES, {}, method)).headers['allow']).toBe('GET');
  });
});

test('a table that does not answer is a 503 that says when to ask again, and its reason is told to the log only', async () => {
  const down = new ShopApi([]);
  down.failure = new DependencyError('table', 'throttled', 'Query: too much');
  const response = await down.get(SERIES);
  expect([response.status, response.headers['retry-after']]).toEqual([503, '1']);
  expect(response.body).not.toContain('too much');
  expect(down.unavailable).toEqual(['table throttled: Query: too much']);
  down.failure = new TypeError('a bug');
  await expect(down.get(`${SERIES}?from=${START}`)).rejects.toThrow('a bug');
});
