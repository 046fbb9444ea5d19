import { Ajv2020 } from 'ajv/dist/2020.js';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openApiDocument } from '#app/open-api/document.ts';
import { sizesOf } from '#app/query-api/levels.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import { queryInvocation } from '#functions/query/query-invocation.ts';
import flights from '#pipelines/flights.ts';
import { eventOf, FlightsApi } from './flights-api.ts';

interface Schema {
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly type?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
}

interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly explode?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly ParameterObject[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
        readonly headers?: Readonly<Record<string, { readonly required: boolean }>>;
      }
    >
  >;
}

// As a reader gets it.
const document = JSON.parse(JSON.stringify(openApiDocument(flights))) as {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
};
const operations = Object.entries(document.paths).map(([path, item]) => ({ path, operation: item.get }));

const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  formats: {
    'date-time': (text: string) => new Date(text).toISOString() === text,
  },
});
ajv.addSchema(document, 'api');

/** What API Gateway answers by itself, and what has a test of its own below. */
const NOT_OF_THE_FUNCTION = ['403', '429', '500'];

/** All statuses that each operation has really given. */
const seen = new Map<string, Set<string>>();

/** Checks an answer against what the document says of the operation. */
function check(
  path: string,
  operation: Operation,
  { body, headers = {}, statusCode }: APIGatewayProxyResult,
): void {
  const status = String(statusCode);
  seen.set(operation.operationId, (seen.get(operation.operationId) ?? new Set()).add(status));
  const documented =
    operation.responses[status] ?? expect.fail(`${path}: ${status} is not in the document: ${body}`);
  for (const [name, { required }] of Object.entries(documented.headers ?? {})) {
    if (required) expect([path, name, headers[name]]).toEqual([path, name, expect.any(String)]);
  }
  for (const name of Object.keys(headers).filter((each) => each.startsWith('weir-'))) {
    expect(Object.keys(documented.headers ?? {})).toContain(name);
  }
  if (documented.content === undefined) {
    expect(body).toBe('');
    return;
  }
  const type = String(headers['content-type']).split(';')[0] ?? '';
  expect(Object.keys(documented.content)).toContain(type);
  if (!['application/json', 'application/problem+json'].includes(type)) return;
  const pointer = ['paths', path, 'get', 'responses', status, 'content', type, 'schema'];
  const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const validate = ajv.getSchema(`api#/${escaped.join('/')}`) ?? expect.fail(`no schema for ${path}`);
  const isValid = validate(JSON.parse(body));
  expect([path, status, validate.errors]).toEqual([path, status, null]);
  expect(isValid).toBe(true);
}

/** Values that the document lets a parameter have, each as the part of a query. */
function valuesOf(
  { example, explode = true, name, schema }: ParameterObject,
  aggregate: Aggregate | undefined,
): string[] {
  const show = (value: unknown) => `${name}=${encodeURIComponent(String(value))}`;
  if (Array.isArray(example)) return [show(example.join(','))];
  if (example !== undefined) return [show(example)];
  if (schema.type === 'integer') return [show(schema.minimum), show(schema.maximum)];
  const choices = schema.enum ?? schema.items?.enum;
  if (choices !== undefined) {
    const own = choices.filter((choice) => isOf(aggregate, name, choice));
    return schema.items === undefined ? own.map(show) : [show(own.join(',')), ...own.map(show)];
  }
  if (name.startsWith('group.')) {
    const grouped = flights.aggregates.filter(({ groupBy }) => groupBy.includes(name.slice('group.'.length)));
    if (aggregate !== undefined && !grouped.includes(aggregate)) return [];
    // Several aggregates must all be grouped by it.
    const of = aggregate === undefined ? `aggregates=${grouped.map((each) => each.name).join(',')}&` : '';
    expect(explode).toBe(true);
    return [`${of}${show('ATL')}`, `${of}${show('ATL')}&${show('DFW')}`];
  }
  if (name === 'window') return [show('latest'), show('2001-01-01T10:30:00Z')];
  expect(name).toBe('cursor');
  return [];
}

/** The document has the names of all aggregates: each takes its own. */
function isOf(aggregate: Aggregate | undefined, name: string, choice: unknown): boolean {
  if (aggregate === undefined) return true;
  if (name === 'metrics' || name === 'by') return aggregate.metrics.some((metric) => metric.name === choice);
  return name !== 'level' || sizesOf(aggregate).some((size) => size === choice);
}

/** Each aggregate that an operation can be asked for; once, where it is of none. */
function targetsOf(path: string, operation: Operation) {
  const aggregates = path.includes('{name}') ? flights.aggregates : [undefined];
  return aggregates.map((aggregate) => {
    const required = operation.parameters
      .filter((parameter) => parameter.in === 'query' && parameter.required === true)
      .flatMap((parameter) => valuesOf(parameter, aggregate).slice(0, 1));
    return { aggregate, path: path.replace('{name}', aggregate?.name ?? ''), required };
  });
}

let api: FlightsApi;
beforeAll(async () => {
  api = await FlightsApi.start();
});
afterAll(() => api.stop());

describe.each(operations)('GET $path', ({ path, operation }) => {
  const targets = targetsOf(path, operation);

  test('answers as documented, with each value of each parameter', async () => {
    for (const target of targets) {
      const plain = `${target.path}?${target.required.join('&')}`;
      check(path, operation, await api.get(plain));
      for (const parameter of operation.parameters.filter((each) => each.in === 'query')) {
        for (const value of valuesOf(parameter, target.aggregate)) {
          const given = value.split('&').map((one) => one.split('=')[0]);
          const others = target.required.filter((one) => !given.includes(one.split('=')[0]));
          const response = await api.get(`${target.path}?${[...others, value].join('&')}`);
          expect([value, response.statusCode]).toEqual([value, 200]);
          check(path, operation, response);
        }
      }
    }
  });

  test('gives values, in every format that is documented', async () => {
    for (const target of targets) {
      for (const type of Object.keys(operation.responses['200']?.content ?? {})) {
        const response = await api.get(`${target.path}?${target.required.join('&')}`, { Accept: type });
        check(path, operation, response);
        expect(String(response.headers?.['content-type']).startsWith(type)).toBe(true);
        expect(response.body.length).toBeGreaterThan(200);
      }
    }
  });

  test('goes on with the cursor that it gave', async () => {
    if (!operation.parameters.some(({ name }) => name === 'cursor')) return;
    for (const target of targets) {
      const query = [...target.required, 'limit=2'].join('&');
      const { next } = await api.json<{ next: string }>(`${target.path}?${query}`);
      const response = await api.get(`${target.path}?${query}&cursor=${next}`);
      expect(response.statusCode).toBe(200);
      check(path, operation, response);
    }
  });

  test('answers what is wrong as documented, and each status that is documented for the function', async () => {
    for (const target of targets) {
      const plain = `${target.path}?${target.required.join('&')}`;
      const { headers = {} } = await api.get(plain);
      check(path, operation, await api.get(plain, { 'If-None-Match': String(headers['etag']) }));
      check(path, operation, await api.get(`${plain}&nonsense=1`));
      if (operation.responses['406']) check(path, operation, await api.get(plain, { Accept: 'image/png' }));
      const elsewhere = queryInvocation(flights, { WEIR_TABLE: 'gone' });
      const warn = vi.spyOn(console, 'warn').mockReturnValue();
      if (operation.responses['503'])
        check(path, operation, await elsewhere(eventOf(plain), Date.now() + 60_000));
      warn.mockRestore();
    }
    if (operation.responses['404']) {
      check(path, operation, await api.get(path.replace('{name}', 'nothing')));
    }
    const documented = Object.keys(operation.responses).filter(
      (status) => !NOT_OF_THE_FUNCTION.includes(status),
    );
    expect([...(seen.get(operation.operationId) ?? [])].sort()).toEqual(documented.sort());
  });
});

test('what is our own mistake is a problem too; the log has the reason, and nothing of what was asked', async () => {
  const broken = {
    ...flights,
    get aggregates(): Pipeline['aggregates'] {
      throw new Error('a bug');
    },
  };
  const error = vi.spyOn(console, 'warn').mockReturnValue();
  const invoke = queryInvocation(broken, { WEIR_TABLE: 'any' });
  const response = await invoke(
    eventOf('/aggregates/delays_by_origin/series?group.origin=ATL'),
    Date.now() + 60_000,
  );
  const lines = error.mock.calls.map(([line]) => String(line));
  error.mockRestore();
  const { operation, path } = operations.find((each) => each.path.endsWith('/series')) ?? expect.fail();
  check(path, operation, response);
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain('a bug');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'ERROR',
    error: expect.stringContaining('a bug'),
  });
  expect(lines[0]).not.toContain('ATL');
});

test('the document says where the API is, whatever stage or domain it is behind', async () => {
  const invoke = queryInvocation(flights, { WEIR_TABLE: 'any' });
  const event = eventOf('/openapi.json');
  const servers = async (path: string) => {
    const { body } = await invoke(
      { ...event, requestContext: { ...event.requestContext, path } },
      Date.now() + 60_000,
    );
    return (JSON.parse(body) as { servers: unknown }).servers;
  };
  expect(await servers('/v1/openapi.json')).toEqual([{ url: '/v1' }]);
  expect(await servers('/openapi.json')).toEqual([{ url: '/' }]);
});
