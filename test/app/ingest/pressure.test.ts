import { describe, expect, it } from 'vitest';
import type { PutResult } from '#app/ports/record-sink.ts';
import { OK, ScriptedSink, THROTTLED } from '#test/app/produce/fakes.ts';
import { IngestRig, postEvents, VALID } from './fixture.ts';

/** How long a sender is told to wait, in seconds. */
async function waitOf(rig: IngestRig): Promise<number> {
  const { headers } = await rig.send(postEvents([VALID]));
  return Number(headers['retry-after']);
}

describe('senders', () => {
  it('are asked to wait longer the longer a stream is at its limit, and as before once it is not', async () => {
    let result: PutResult = THROTTLED;
    const rig = new IngestRig(new ScriptedSink((records) => records.map(() => result)));
    const first = await waitOf(rig);
    expect(first).toBeGreaterThanOrEqual(2);
    expect(first).toBeLessThanOrEqual(4);
    await rig.clock.advance(20_000);
    const second = await waitOf(rig);
    expect(second).toBeGreaterThanOrEqual(20);
    await rig.clock.advance(3_600_000);
    const third = await waitOf(rig);
    expect(third).toBeGreaterThanOrEqual(60);
    expect(third).toBeLessThanOrEqual(120);
    result = OK;
    expect((await rig.send(postEvents([VALID]))).status).toBe(200);
    result = THROTTLED;
    expect(await waitOf(rig)).toBeLessThanOrEqual(4);
  });

  it('are told when a stream that is in trouble will be asked again, and are answered at once', async () => {
    const open: PutResult = {
      ok: false,
      code: 'CircuitOpen',
      message: 'stream_puts: not asked',
      retryable: false,
      retryAfterMs: 25_000,
    };
    const sink = new ScriptedSink((records) => records.map(() => open));
    const rig = new IngestRig(sink);
    const { body, headers, status } = await rig.send(postEvents([VALID]));
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(25);
    expect(body.results).toMatchObject([{ status: 'undelivered', reason: 'unavailable' }]);
    expect([sink.calls.length, rig.clock.slept]).toEqual([1, []]);
  });
});
