import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { DecodedEvent } from '#core/records/decoded-event.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';

function decode(record: string | Uint8Array): DecodedEvent[] {
  return decodeRecord(typeof record === 'string' ? Buffer.from(record) : record, recordTools);
}

function onlyRejection(record: string | Uint8Array) {
  const [event, ...others] = decode(record);
  expect(others).toEqual([]);
  if (event === undefined || event.ok) throw new Error('expected a rejection');
  return { ...event.rejection, payload: event.payload };
}

describe('a large record', () => {
  it('is rejected whole beyond the cap of events', () => {
    const most = RECORD_LIMITS.eventsMax;
    expect(decode('1\n\n'.repeat(most))).toHaveLength(most);
    expect(onlyRejection('1\n'.repeat(most + 1)).reason).toBe('too_large');
    expect(decode(`[1${',1'.repeat(most - 1)}]`)).toHaveLength(most);
    expect(onlyRejection(`[1${',1'.repeat(most)}]`).reason).toBe('too_large');
  });

  it('survives any nesting, and rejects what is too deep', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    const most = RECORD_LIMITS.nestingMax;
    expect(decode(nested(most))[0]?.ok).toBe(true);
    expect(onlyRejection(nested(most + 1))).toMatchObject({ reason: 'too_large', payload: nested(most + 1) });
    expect(decode(`[${nested(most)}]`)[0]?.ok).toBe(true);
    expect(onlyRejection(`[${nested(most + 1)}]`).reason).toBe('too_large');
    const deepest = nested(500_000);
    const events = decode(`{"a":1}\n${deepest}\n{"a":2}`);
    expect(events.map((event) => event.ok)).toEqual([true, false, true]);
    expect(onlyRejection('['.repeat(1_000_000)).reason).toBe('not_json');
    expect(onlyRejection('{"a":'.repeat(1_000_000)).reason).toBe('not_json');
  });

  it('is rejected at the cap of its size, without room being made for the rest', () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000), { level: 1 });
    const before = process.memoryUsage().arrayBuffers;
    expect(onlyRejection(bomb).reason).toBe('too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * RECORD_LIMITS.decompressedBytesMax);
  });

  it('is rejected beyond the cap when it was never compressed', () => {
    const largest = `"${'x'.repeat(RECORD_LIMITS.decompressedBytesMax - 2)}"`;
    expect(decode(largest)).toMatchObject([{ ok: true }]);
    const record = Buffer.from(`${largest} `);
    const { reason, payload } = onlyRejection(record);
    expect(reason).toBe('too_large');
    expect(payload).toBe(record);
  });
});
