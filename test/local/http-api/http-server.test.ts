import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromResponse } from '#adapters/api-gateway/from-response.ts';
import { toRequest } from '#adapters/api-gateway/to-request.ts';
import type { InvocationResult } from '#local/function-host/invocation.ts';
import { HTTP_LIMITS, type HttpServer, startHttpServer } from '#local/http-api/http-server.ts';

let server: HttpServer;
let events: APIGatewayProxyEvent[];
let logs: string[];
let result: InvocationResult;

const answered = (payload: unknown): InvocationResult => ({
  type: 'response',
  payload: JSON.stringify(payload),
});

beforeEach(async () => {
  events = [];
  logs = [];
  result = answered({ statusCode: 200, body: 'hello' });
  const invoke = async (event: string) => {
    events.push(JSON.parse(event) as APIGatewayProxyEvent);
    return result;
  };
  server = await startHttpServer({
    port: 0,
    routes: [{ resources: ['/events', '/aggregates/{name}/series'], invoke }, { invoke }],
    onLog: (line) => logs.push(line),
  });
});
afterEach(() => server.stop());

/** What the function's own code makes of the event. */
const received = () => toRequest(events.at(-1) ?? expect.fail('the function got nothing'));

describe('a request', () => {
  test('reaches the function as API Gateway hands it on', async () => {
    await fetch(`${server.url}/aggregates/a%20b/series?group.origin=ATL&group.origin=a%26b+c&x=`, {
      headers: { 'X-One': '1', Accept: 'text/csv' },
    });
    const request = received();
    expect(request).toMatchObject({
      method: 'GET',
      path: '/aggregates/a%20b/series',
      pathParameters: { name: 'a b' },
    });
    expect([...request.query]).toEqual([
      ['group.origin', ['ATL', 'a&b c']],
      ['x', ['']],
    ]);
    expect(request.headers).toMatchObject({ 'x-one': '1', accept: 'text/csv' });
    expect(request.body).toHaveLength(0);
    expect(events[0]).toMatchObject({
      resource: '/aggregates/{name}/series',
      queryStringParameters: { 'group.origin': 'a&b c', x: '' },
      body: null,
      requestContext: { path: '/aggregates/a%20b/series', resourcePath: '/aggregates/{name}/series' },
    });
  });

  test('has its body byte by byte', async () => {
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await fetch(`${server.url}/events`, { method: 'POST', body });
    expect([...received().body]).toEqual([...body]);
  });

  test('to a path of no route goes to the one that takes the rest, or nowhere', async () => {
    await fetch(`${server.url}/some/where`);
    expect(events[0]).toMatchObject({ resource: '/{proxy+}', pathParameters: { proxy: 'some/where' } });
    const strict = await startHttpServer({
      port: 0,
      routes: [{ resources: ['/events'], invoke: async () => result }],
      onLog: () => {},
    });
    expect((await fetch(`${strict.url}/other`)).status).toBe(403);
    expect((await fetch(`${strict.url}/events`)).status).toBe(200);
    await strict.stop();
  });
});

describe('the answer', () => {
  test('is what the function gave: status, headers, text or bytes', async () => {
    result = answered(
      fromResponse({ status: 201, headers: { 'content-type': 'text/plain', etag: '"x"' }, body: 'ü' }),
    );
    const text = await fetch(server.url);
    expect([text.status, text.headers.get('etag'), await text.text()]).toEqual([201, '"x"', 'ü']);
    result = answered(fromResponse({ status: 200, headers: {}, body: Uint8Array.of(0, 255, 10) }));
    expect([...new Uint8Array(await (await fetch(server.url)).arrayBuffer())]).toEqual([0, 255, 10]);
    result = answered({ statusCode: 304, headers: { etag: '"x"' }, body: '' });
    expect((await fetch(server.url)).status).toBe(304);
    result = answered({ statusCode: 200, multiValueHeaders: { 'Set-Cookie': ['a', 'b'] } });
    expect((await fetch(server.url)).headers.getSetCookie()).toEqual(['a', 'b']);
  });

  test.each([
    ['null', 'null'],
    ['no status', '{"body":"x"}'],
    ['a status that is none', '{"statusCode":99}'],
    ['a body that is no text', '{"statusCode":200,"body":{}}'],
    ['headers that are none', '{"statusCode":200,"headers":"x"}'],
    [
      'more than Lambda answers',
      JSON.stringify({ statusCode: 200, body: 'x'.repeat(HTTP_LIMITS.payloadBytesMax) }),
    ],
  ])('is 502 where it is %s', async (_what, payload) => {
    result = { type: 'response', payload };
    const response = await fetch(server.url);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      502,
      'application/problem+json',
    ]);
    expect(logs).toHaveLength(1);
  });

  test.each([
    ['error', 502],
    ['crashed', 502],
    ['not_invoked', 502],
    ['timeout', 504],
  ] as const)('of a function with the end %s is %i, and the log says why', async (type, status) => {
    result = { type, errorType: 'Error', message: 'because' };
    const response = await fetch(`${server.url}/events?secret=1`);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('because');
    expect(logs).toEqual([`GET /events: ${type}: because`]);
  });
});

describe('the limits', () => {
  test('of headers are those of API Gateway', async () => {
    const status = async (length: number) =>
      (await fetch(server.url, { headers: { 'x-long': 'x'.repeat(length) } })).status;
    expect(await status(9000)).toBe(200);
    expect(await status(11_000)).toBe(431);
  });

  test('of bodies are those of API Gateway and Lambda', async () => {
    const status = async (bytes: number) => {
      const body = new Uint8Array(bytes);
      return (await fetch(server.url, { method: 'POST', body })).status;
    };
    expect(await status(4_000_000)).toBe(200);
    // As base64 it is a third longer, and no event that Lambda takes.
    expect(await status(5_000_000)).toBe(413);
    expect(events).toHaveLength(1);
  });

  test('of bodies hold while they come', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    const bytes = HTTP_LIMITS.bodyBytesMax + 1;
    // The chunk is not the last one: the request has no end.
    socket.write(`${bytes.toString(16)}\r\n`);
    socket.write(Buffer.alloc(bytes));
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toContain('HTTP/1.1 413');
    socket.destroy();
    expect(events).toEqual([]);
  });
});

describe('who may ask', () => {
  const statusWith = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(server.url);
      httpRequest({ port, host: '127.0.0.1', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  test('is programs of this machine, and no page of another origin, by whatever name it goes', async () => {
    const { host } = new URL(server.url);
    expect(await statusWith({ host })).toBe(200);
    expect(await statusWith({ host: host.replace('127.0.0.1', 'localhost') })).toBe(200);
    expect(await statusWith({ host, origin: server.url })).toBe(200);
    expect(await statusWith({ host: 'evil.example' })).toBe(403);
    expect(await statusWith({ host: '127.0.0.1.evil.example' })).toBe(403);
    expect(await statusWith({ host, origin: 'https://evil.example' })).toBe(403);
    expect(await statusWith({ host, origin: 'null' })).toBe(403);
    expect(events).toHaveLength(3);
  });

  test('is nobody once it is stopped, and a port that is taken is told', async () => {
    const { port } = new URL(server.url);
    const taken = startHttpServer({ port: Number(port), routes: [], onLog: () => {} });
    await expect(taken).rejects.toThrow('EADDRINUSE');
    // A connection that nothing comes through does not hold it up for good.
    const idle = connect(Number(port), '127.0.0.1');
    await once(idle, 'connect');
    await server.stop();
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    idle.destroy();
  });
});
