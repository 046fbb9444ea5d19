import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { OversizeError } from '#app/produce/producer-errors.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { noise, passTime, producerOn, ScriptedSink, seededRandom } from './fakes.ts';

const flightsFile = new URL('../../../node_modules/vega-datasets/data/flights-200k.json', import.meta.url);
const flights: object[] = JSON.parse(readFileSync(flightsFile, 'utf8')).slice(0, 60_000);

describe('packing', () => {
  it('fills records up to the unit that is billed, and not beyond', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    for (const flight of flights) await producer.put(flight);
    await passTime(clock, producer.flush());
    expect(sink.values()).toEqual(flights);
    const sizes = sink.taken.map(({ data, partitionKey }) => data.length + partitionKey.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(25_000);
    // 60,000 JSON objects of 48 bytes in a dozen records of at most 5,000.
    expect(sizes.length).toBeLessThanOrEqual(14);
    expect(producer.stats()).toMatchObject({ events: 60_000, records: sizes.length, failed: 0 });
  });

  it('learns how well events compress, also when that changes', async () => {
    const random = seededRandom(3);
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    const events: object[] = [];
    for (let id = 0; id < 6000; id++) {
      const kind = Math.floor(id / 2000);
      events.push({
        id,
        text: kind === 1 ? noise(200, random) : `the same text, as often as it takes ${kind}`,
      });
    }
    for (const event of events) await producer.put(event);
    await passTime(clock, producer.flush());
    expect(sink.values()).toEqual(events);
    const sizes = sink.taken.map(({ data }) => data.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(25_000 - 32);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(sizes.length).toBeLessThanOrEqual(Math.ceil(total / 25_000) * 1.5 + 1);
  });

  it('keeps to what a reader must decompress, however well events compress', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    for (let id = 0; id < 4000; id++) await producer.put({ text: 'x'.repeat(1000) });
    await passTime(clock, producer.flush());
    expect(sink.values()).toHaveLength(4000);
    for (const { data } of sink.taken) {
      expect(gunzipSync(data.subarray(4)).length).toBeLessThanOrEqual(1024 * 1024);
    }
  });

  it('keeps to the events of a record, and to their order', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink, { eventsPerRecordMax: 100 });
    for (let id = 0; id < 1050; id++) await producer.put({ id });
    await passTime(clock, producer.flush());
    expect(sink.taken.map(({ data }) => decodeRecord(data, recordTools).length)).toEqual([
      ...Array(10).fill(100),
      50,
    ]);
    for (const { data } of sink.taken) {
      const ids = decodeRecord(data, recordTools).map(
        (event) => event.ok && (event.value as { id: number }).id,
      );
      expect(ids).toEqual(ids.map((_, index) => Number(ids[0]) + index));
    }
  });

  it('takes a copy: the caller may use the object again', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    const event = { id: 0, tags: ['a'] };
    const bytes = Buffer.from('{"id":"raw"}');
    for (; event.id < 3; event.id++) await producer.put(event);
    await producer.putRaw(bytes);
    event.tags.push('b');
    bytes.fill(0);
    await passTime(clock, producer.flush());
    expect(sink.values()).toEqual(expect.arrayContaining([0, 1, 2].map((id) => ({ id, tags: ['a'] }))));
    expect(sink.values()).toContainEqual({ id: 'raw' });
  });

  it('spreads records evenly over shards', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    for (let id = 0; id < 8000; id++) await producer.putRaw(Buffer.from('{}'));
    await passTime(clock, producer.flush());
    const shards = Array<number>(8).fill(0);
    for (const { partitionKey } of sink.taken) {
      // As Kinesis does: by the MD5 of the key.
      const shard = createHash('md5').update(partitionKey).digest().readUInt8(0) >> 5;
      shards[shard] = (shards[shard] ?? 0) + 1;
    }
    // 1,000 each; 4 standard deviations are 118.
    for (const records of shards) expect(Math.abs(records - 1000)).toBeLessThan(118);
    expect(new Set(sink.taken.map(({ partitionKey }) => partitionKey)).size).toBe(8000);
  });
});

describe('an event that JSON cannot carry', () => {
  it('arrives as a visible rejection, its neighbours as events', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await producer.put({ delay: 1 });
    await producer.put({ delay: Number.NaN, origin: 'SFO' });
    await producer.put({ delay: Infinity });
    await producer.put({ delay: 5n });
    await expect(producer.put(circular)).rejects.toThrow(RangeError);
    await passTime(clock, producer.flush());
    const events = sink.events();
    expect(events.filter((event) => event.ok).map((event) => event.ok && event.value)).toEqual(
      expect.arrayContaining([{ delay: 1 }, { delay: Infinity }, { delay: 5 }]),
    );
    expect(events.filter((event) => !event.ok)).toMatchObject([
      { rejection: { reason: 'not_json' }, payload: '{"delay":NaN,"origin":"SFO"}' },
    ]);
    expect(events).toHaveLength(4);
  });

  it('shares a record with others of its kind', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    for (let id = 0; id < 1000; id++) await producer.put({ id, delay: Number.NaN });
    await passTime(clock, producer.flush());
    expect(sink.taken).toHaveLength(1);
    expect(sink.values()).toEqual(Array(1000).fill('not_json'));
  });

  it('is one event also if it is an array or no object at all', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    // What a caller without types may put.
    const odd: unknown[] = [[1, 2], null, 5, 'text', [], undefined];
    for (const event of odd) await producer.put(event as object);
    await passTime(clock, producer.flush());
    expect(sink.values()).toHaveLength(6);
    expect(sink.values()).toEqual(expect.arrayContaining([[1, 2], null, 5, 'text', [], 'not_json']));
  });
});

describe('an event too large', () => {
  const random = seededRandom(5);
  const huge = { text: noise(1_600_000, random) };

  it('is refused with what to do, and nothing of it is sent', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    await expect(producer.put(huge)).rejects.toThrow(OversizeError);
    await expect(producer.put({ text: 'x'.repeat(9_000_000) })).rejects.toThrow(
      /store what is large elsewhere/,
    );
    await expect(producer.putRaw(new Uint8Array(1024 * 1024 - 31))).rejects.toThrow(OversizeError);
    expect(() => producer.tryPut(huge)).toThrow(OversizeError);
    await passTime(clock, producer.flush());
    expect(sink.calls).toHaveLength(0);
    expect(producer.stats()).toMatchObject({ accepted: 0, oversize: 0, buffered: 0 });
  });

  it('goes to the callback where there is one', async () => {
    const sink = new ScriptedSink();
    const oversize: [string | Uint8Array, number][] = [];
    const { producer } = producerOn(sink, {
      onOversize: (payload, bytes) => oversize.push([payload, bytes]),
    });
    await producer.put(huge);
    await producer.putRaw(new Uint8Array(2_000_000));
    expect(oversize[0]?.[0]).toBe(JSON.stringify(huge));
    expect(oversize[0]?.[1]).toBeGreaterThan(1024 * 1024);
    expect(oversize[1]?.[1]).toBe(2_000_032);
    expect(producer.stats()).toMatchObject({ accepted: 0, oversize: 2 });
  });

  it('is sent alone where it fits once it is compressed', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink);
    const large = [
      { text: 'x'.repeat(5_000_000) },
      { text: noise(700_000, random) },
      { text: noise(60_000, random) },
    ];
    await producer.put({ id: 1 });
    for (const event of large) await producer.put(event);
    await producer.putRaw(Buffer.alloc(1024 * 1024 - 32, '1'));
    await passTime(clock, producer.flush());
    expect(sink.values()).toEqual(expect.arrayContaining([{ id: 1 }, ...large]));
    for (const { data, partitionKey } of sink.taken) {
      expect(data.length + partitionKey.length).toBeLessThanOrEqual(1024 * 1024);
    }
  });
});
