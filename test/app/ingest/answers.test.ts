import { describe, expect, it } from 'vitest';
import type { PutResult } from '#app/ports/record-sink.ts';
import {
  noise,
  OK,
  REFUSED,
  ScriptedSink,
  seededRandom,
  settle,
  THROTTLED,
} from '#test/app/produce/fakes.ts';
import { answer, IngestRig, NOW, post, postEvents, VALID } from './fixture.ts';

const HOUR_MS = 3_600_000;

const UNREACHABLE: PutResult = { ok: false, code: 'ECONNREFUSED', message: 'No.', retryable: true };

describe('an event', () => {
  it.each<[string, unknown, string]>([
    ['not as the schema says', { page: '/', n: 1 }, 'schema'],
    ['no object', 7, 'schema'],
    ['an array', [VALID], 'schema'],
    ['null', null, 'schema'],
    ['without a time that can be', { ...VALID, at: 1e300 }, 'event_time'],
    ['ahead of the clock', { ...VALID, at: NOW + HOUR_MS + 1 }, 'event_time_ahead'],
    ['one that can not be grouped', { ...VALID, page: { a: 1 } }, 'group'],
    ['one with a text for a number', { ...VALID, n: '7' }, 'number'],
    ['nested too deeply', { ...VALID, n: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) }, 'too_large'],
  ])('that is %s is rejected by itself, with the reason and the remedy', async (_what, bad, reason) => {
    const sink = new ScriptedSink();
    const { body, headers, status } = await new IngestRig(sink).send(postEvents([VALID, bad, VALID]));
    expect(status).toBe(207);
    expect(headers['content-type']).toBe('application/json');
    expect(body).toEqual({
      accepted: 2,
      rejected: 1,
      undelivered: 0,
      results: [
        { index: 0, status: 'accepted' },
        { index: 1, status: 'rejected', reason, what: expect.any(String), remedy: expect.any(String) },
        { index: 2, status: 'accepted' },
      ],
    });
    expect(sink.values()).toEqual([VALID, VALID]);
  });

  it('is taken up to maxAhead of the clock, and however old', async () => {
    const events = [
      { ...VALID, at: NOW + HOUR_MS },
      { ...VALID, at: 0 },
    ];
    expect((await new IngestRig().send(postEvents(events))).status).toBe(200);
  });

  it('on a line that is no JSON is rejected with its line', async () => {
    const lines = `${JSON.stringify(VALID)}\n\n{"at":\n${JSON.stringify(VALID)}`;
    const { body, status } = await new IngestRig().send(post(lines, 'application/x-ndjson'));
    expect(status).toBe(207);
    expect(body.results).toMatchObject([
      { status: 'accepted' },
      { status: 'rejected', reason: 'not_json', what: expect.stringMatching(/^line 3: /) },
      { status: 'accepted' },
    ]);
  });

  it('is sent as it came, with what the schema does not know', async () => {
    const sink = new ScriptedSink();
    await new IngestRig(sink).send(
      post('{"at":1,"page":null,"n":null,"extra":{"deep":[1,null]},"__proto__":5}'),
    );
    const [value] = sink.values() as [Record<string, unknown>];
    expect(value['extra']).toEqual({ deep: [1, null] });
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
  });
});

describe('a request', () => {
  it('of events that are all invalid is answered with 400, and each of them', async () => {
    const sink = new ScriptedSink();
    const { body, status } = await new IngestRig(sink).send(postEvents([1, 2]));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: 'urn:weir:problem:invalid-events',
      accepted: 0,
      rejected: 2,
      undelivered: 0,
    });
    expect(body.results).toHaveLength(2);
    expect(sink.calls).toEqual([]);
  });

  it('is not answered before the stream has acknowledged the records', async () => {
    let acknowledge = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const sink = new ScriptedSink(async (records) => {
      await acknowledged;
      return records.map(() => OK);
    });
    const rig = new IngestRig(sink);
    let answered = false;
    const taken = rig.ingest.take(postEvents([VALID])).finally(() => {
      answered = true;
    });
    await rig.clock.advance(10_000);
    expect([sink.calls.length, answered]).toEqual([1, false]);
    acknowledge();
    expect((await taken).accepted).toBe(1);
  });

  it('tries again what the stream refuses for a moment', async () => {
    const sink = new ScriptedSink((records, call) => records.map(() => (call < 2 ? THROTTLED : OK)));
    const { status } = await new IngestRig(sink).send(postEvents([VALID]));
    expect([status, sink.calls.length]).toEqual([200, 3]);
    // One record, known by its key whatever became of the attempts before.
    expect(new Set(sink.calls.flat().map(({ partitionKey }) => partitionKey)).size).toBe(1);
  });

  it('spreads its records, and those of others, over the shards', async () => {
    const sink = new ScriptedSink();
    const rig = new IngestRig(sink);
    for (let n = 0; n < 64; n++) await rig.send(postEvents([VALID]));
    const firstDigits = new Set(sink.taken.map(({ partitionKey }) => partitionKey[0]));
    expect(sink.taken).toHaveLength(64);
    expect(firstDigits.size).toBeGreaterThan(8);
  });
});

describe('a stream', () => {
  it('that throttles gets 429, and the client learns which events to send again', async () => {
    // Several records, every other of which the stream never takes.
    const random = seededRandom();
    const events = Array.from({ length: 40 }, (_, n) => ({ ...VALID, n, text: noise(4000, random) }));
    const lucky = new Set<string>();
    const sink = new ScriptedSink((records, call) => {
      if (call === 0) records.forEach(({ partitionKey }, i) => i % 2 === 0 && lucky.add(partitionKey));
      return records.map(({ partitionKey }) => (lucky.has(partitionKey) ? OK : THROTTLED));
    });
    const { body, headers, report, status } = await new IngestRig(sink).send(postEvents([...events, 'bad']));
    expect(status).toBe(429);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const inStream = new Set((sink.values() as { n: number }[]).map(({ n }) => n));
    expect(inStream.size).toBeGreaterThan(0);
    expect(inStream.size).toBeLessThan(events.length);
    expect(body.results?.map(({ status: each }) => each)).toEqual([
      ...events.map(({ n }) => (inStream.has(n) ? 'accepted' : 'undelivered')),
      'rejected',
    ]);
    expect(body).toMatchObject({ accepted: inStream.size, rejected: 1, undelivered: 40 - inStream.size });
    expect(body.detail).toMatch(/do not send these again$/);
    expect(report.failure).toMatchObject({ code: 'ProvisionedThroughputExceededException' });

    // The client does as it was told: all is there, once.
    const rest = events.filter((_, index) => body.results?.[index]?.status === 'undelivered');
    const after = new ScriptedSink();
    expect((await new IngestRig(after).send(postEvents(rest))).status).toBe(200);
    const all = [...sink.values(), ...after.values()] as { n: number }[];
    expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(events.map(({ n }) => n));
  });

  it.each<[string, PutResult, string, string]>([
    ['can not be reached', UNREACHABLE, 'unavailable', 'stream-unavailable'],
    [
      'is in trouble',
      { ok: false, code: 'InternalFailure', message: '', retryable: true },
      'unavailable',
      'stream-unavailable',
    ],
    ['refuses', REFUSED, 'refused', 'stream-unavailable'],
  ])('that %s gets 503', async (_what, result, reason, name) => {
    const sink = new ScriptedSink((records) => records.map(() => result));
    const { body, headers, status } = await new IngestRig(sink).send(postEvents([VALID, VALID]));
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(5);
    expect(body).toMatchObject({
      type: `urn:weir:problem:${name}`,
      accepted: 0,
      undelivered: 2,
      results: [
        { index: 0, status: 'undelivered', reason },
        { index: 1, status: 'undelivered', reason },
      ],
    });
  });

  it('is asked a few times, within seconds, and what will not help is not tried again', async () => {
    const unreachable = new ScriptedSink((records) => records.map(() => UNREACHABLE));
    const rig = new IngestRig(unreachable);
    await rig.send(postEvents([VALID]));
    expect(unreachable.calls).toHaveLength(5);
    expect(rig.clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(3000);
    const refused = new ScriptedSink((records) => records.map(() => REFUSED));
    await new IngestRig(refused).send(postEvents([VALID]));
    expect(refused.calls).toHaveLength(1);
  });

  it('that hangs is not asked again once the time is up', async () => {
    const rig = new IngestRig(
      new ScriptedSink(async (records) => {
        await rig.clock.sleep(3001);
        return records.map(() => UNREACHABLE);
      }),
    );
    const { status } = await rig.send(postEvents([VALID]));
    expect([status, (rig.sink as ScriptedSink).calls.length]).toEqual([503, 1]);
  });
});

describe('requests at a time', () => {
  it('hold so many bytes, and no more: the next is told to come back, with nothing of it sent', async () => {
    let acknowledge = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const sink = new ScriptedSink(async (records) => {
      await acknowledged;
      return records.map(() => OK);
    });
    const request = postEvents([VALID, 'bad']);
    const rig = new IngestRig(sink, { heldBytesMax: 2.5 * request.body.length });
    const first = [rig.ingest.take(request), rig.ingest.take(request)];
    await settle();
    const third = answer((await rig.ingest.take(request)).response);
    expect(third.status).toBe(429);
    expect(Number(third.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(third.body).toMatchObject({ accepted: 0, rejected: 1, undelivered: 1 });
    expect(third.body.results?.[0]).toMatchObject({ status: 'undelivered', reason: 'busy' });
    acknowledge();
    expect((await Promise.all(first)).map(({ accepted }) => accepted)).toEqual([1, 1]);
    expect((await rig.send(request)).status).toBe(207);
    expect(sink.values()).toEqual([VALID, VALID, VALID]);
  });
});
