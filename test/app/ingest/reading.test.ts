import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '#app/http/http.ts';
import { INGEST_LIMITS } from '#contracts/ingest-function.ts';
import { ScriptedSink } from '#test/app/produce/fakes.ts';
import { IngestRig, post, postEvents, VALID } from './fixture.ts';

const NDJSON = 'application/x-ndjson';
const line = (n: number) => JSON.stringify({ ...VALID, n });

/** Sends a request to a stream that takes everything, and returns what it has then. */
async function stored(request: HttpRequest): Promise<{ status: number; values: unknown[] }> {
  const sink = new ScriptedSink();
  const { status } = await new IngestRig(sink).send(request);
  return { status, values: sink.values() };
}

const event = (n: number) => ({ ...VALID, n });

describe('a body', () => {
  it.each<[string, HttpRequest, unknown[]]>([
    ['one object', post(line(1)), [event(1)]],
    ['an array', post(`[${line(1)},\n${line(2)}]`), [event(1), event(2)]],
    ['an object over several lines', post(JSON.stringify(event(1), null, 2)), [event(1)]],
    ['lines', post(`${line(1)}\n${line(2)}`, NDJSON), [event(1), event(2)]],
    [
      'lines with blank ones and returns',
      post(`\n${line(1)}\r\n\r\n ${line(2)}\n`, NDJSON),
      [event(1), event(2)],
    ],
    [
      'gzip of an array',
      post(gzipSync(`[${line(1)}]`), undefined, { 'content-encoding': 'gzip' }),
      [event(1)],
    ],
    [
      'gzip of lines',
      post(gzipSync(`${line(1)}\n${line(2)}`), NDJSON, { 'content-encoding': 'GZIP' }),
      [event(1), event(2)],
    ],
    [
      'what is not encoded, and says so',
      post(line(1), undefined, { 'content-encoding': 'identity' }),
      [event(1)],
    ],
    ['a type with a charset', post(line(1), 'Application/JSON; charset="UTF-8"'), [event(1)]],
    ['a text with a byte order mark', post(`\uFEFF${line(1)}`), [event(1)]],
  ])('is %s', async (_what, request, values) => {
    expect(await stored(request)).toEqual({ status: 200, values });
  });

  it.each<[string, HttpRequest, number, string]>([
    ['empty', post(''), 400, 'is empty'],
    ['blank', post(' \n\t'), 400, 'is empty'],
    ['blank lines', post('\n\n', NDJSON), 400, 'is empty'],
    ['an empty array', post('[]'), 400, 'empty array'],
    ['no JSON', post('{"at":'), 400, 'not JSON'],
    ['lines that are called JSON', post(`${line(1)}\n${line(2)}`), 400, 'wrong at character'],
    ['no UTF-8', post(Uint8Array.of(0x22, 0xff, 0x22)), 400, 'UTF-8'],
    ['no gzip, but called so', post(line(1), undefined, { 'content-encoding': 'gzip' }), 400, 'gzip'],
    [
      'cut off',
      post(gzipSync(line(1)).subarray(0, 20), undefined, { 'content-encoding': 'gzip' }),
      400,
      'cut off',
    ],
    ['of an unknown type', post(line(1), 'text/csv'), 415, 'application/x-ndjson'],
    ['of no type', post(line(1), ''), 415, 'no Content-Type'],
    ['in another charset', post(line(1), 'application/json; charset=latin1'), 415, 'charset'],
    ['in another encoding', post(line(1), undefined, { 'content-encoding': 'br' }), 415, 'Content-Encoding'],
  ])('is refused where it is %s', async (_what, request, status, detail) => {
    const sink = new ScriptedSink();
    const got = await new IngestRig(sink).send(request);
    expect(got.status).toBe(status);
    expect(got.headers['content-type']).toBe('application/problem+json');
    expect(got.body).toMatchObject({ status, type: expect.stringMatching(/^urn:weir:problem:[a-z-]+$/) });
    expect(got.body.detail).toContain(detail);
    expect(sink.calls).toEqual([]);
  });

  it('is never quoted', async () => {
    for (const request of [post('{"secret'), post('"secret', NDJSON), post('secret', 'text/secret')]) {
      const { body } = await new IngestRig().send(request);
      expect(JSON.stringify(body)).not.toContain('secret');
    }
  });

  it('names what it takes where it takes a type or an encoding not', async () => {
    const { headers } = await new IngestRig().send(post(line(1), 'text/csv'));
    expect(headers).toMatchObject({
      'accept-post': 'application/json, application/x-ndjson',
      'accept-encoding': 'gzip',
    });
  });

  it('comes with POST', async () => {
    const { headers, status } = await new IngestRig().send({ ...post(line(1)), method: 'PUT' });
    expect(status).toBe(405);
    expect(headers).toMatchObject({ allow: 'POST' });
  });
});

describe('the limits', () => {
  const { bodyBytesMax, eventsMax } = INGEST_LIMITS;
  const many = (length: number) => Array.from({ length }, (_, n) => event(n));
  const lines = (length: number) =>
    many(length)
      .map((one) => JSON.stringify(one))
      .join('\n');
  /** A body of one event, and so many bytes. */
  const sized = (bytes: number) => {
    const empty = JSON.stringify({ ...VALID, text: '' });
    return JSON.stringify({ ...VALID, text: 'x'.repeat(bytes - empty.length) });
  };

  it('let so many events through', async () => {
    expect((await stored(postEvents(many(eventsMax)))).values).toEqual(many(eventsMax));
    expect((await stored(post(`${lines(eventsMax)}\n`, NDJSON))).values).toEqual(many(eventsMax));
  });

  it('let so many bytes through', async () => {
    expect((await stored(post(sized(bodyBytesMax)))).values).toEqual([JSON.parse(sized(bodyBytesMax))]);
    const zipped = post(gzipSync(sized(bodyBytesMax)), undefined, { 'content-encoding': 'gzip' });
    expect((await stored(zipped)).status).toBe(200);
  });

  it.each<[string, HttpRequest]>([
    ['events in an array', postEvents(many(eventsMax + 1))],
    ['lines', post(lines(eventsMax + 1), NDJSON)],
    ['tiny lines', post('0\n'.repeat(bodyBytesMax / 2), NDJSON)],
    ['bytes', post(sized(bodyBytesMax + 1))],
    [
      'bytes, decompressed',
      post(gzipSync(sized(bodyBytesMax + 1)), undefined, { 'content-encoding': 'gzip' }),
    ],
    [
      'bytes, by far',
      post(gzipSync(Buffer.alloc(200 * bodyBytesMax, '[')), undefined, { 'content-encoding': 'gzip' }),
    ],
  ])('hold back more %s, and say how much is taken', async (_what, request) => {
    const sink = new ScriptedSink();
    const { body, status } = await new IngestRig(sink).send(request);
    expect(status).toBe(413);
    expect(body).toMatchObject({ eventsMax, bytesMax: bodyBytesMax });
    expect(body.detail).toMatch(/send it in parts$/);
    expect(sink.calls).toEqual([]);
  });
});
