import { describe, expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { OK, passTime, producerOn, ScriptedSink, THROTTLED } from './fakes.ts';

const events = Array.from({ length: 500 }, (_, id) => ({ id, shop: `s${id % 7}` }));
const wholesOf = (data: Uint8Array) =>
  decodeRecord(data, recordTools).map((each) => (each.ok ? each.whole : undefined));

describe('a producer that gives records an id', () => {
  test('puts a record again as it was, and no other with its id', async () => {
    const sink = new ScriptedSink((records, call) => records.map(() => (call === 0 ? THROTTLED : OK)));
    const { clock, producer } = producerOn(sink, { recordIds: true, eventsPerRecordMax: 100 });
    for (const event of events) void producer.put(event);
    await passTime(clock, producer.flush());
    const [first, second] = sink.calls;
    expect(first?.map(({ data }) => data)).toEqual(second?.slice(0, first?.length).map(({ data }) => data));
    const records = sink.calls.slice(1).flat();
    const ids = records.map(({ data }) => wholesOf(data).map((whole) => whole?.id));
    expect(ids.every((each) => new Set(each).size === 1)).toBe(true);
    expect(new Set(ids.map(([id]) => id)).size).toBe(5);
    for (const { data } of records) {
      expect(wholesOf(data).map((whole) => whole?.isLast)).toEqual(
        Array.from({ length: 100 }, (_, i) => i === 99),
      );
    }
  });

  test('does not unless it is asked to: events may be put twice', async () => {
    const sink = new ScriptedSink((records) => records.map(() => OK));
    const { clock, producer } = producerOn(sink);
    for (const event of events) void producer.put(event);
    await passTime(clock, producer.flush());
    expect(sink.calls.flat().flatMap(({ data }) => wholesOf(data))).toEqual(events.map(() => undefined));
  });
});

describe('a producer that is told what copies have in common', () => {
  test('puts them under one key, as any other producer does, and uses many keys', async () => {
    const keysOf = async () => {
      const sink = new ScriptedSink((records) => records.map(() => OK));
      const { clock, producer } = producerOn(sink, { keyOf: (event) => (event as { id: number }).id });
      for (const event of events) void producer.put(event);
      await passTime(clock, producer.flush());
      const keys = new Map<number, string>();
      for (const { data, partitionKey } of sink.calls.flat()) {
        for (const each of decodeRecord(data, recordTools)) {
          if (each.ok) keys.set((each.value as { id: number }).id, partitionKey);
        }
      }
      return keys;
    };
    const keys = await keysOf();
    expect(keys.size).toBe(events.length);
    expect(await keysOf()).toEqual(keys);
    expect(new Set(keys.values()).size).toBeGreaterThan(50);
  });

  test('spreads what has no key', async () => {
    const sink = new ScriptedSink((records) => records.map(() => OK));
    const { clock, producer } = producerOn(sink, { keyOf: () => undefined });
    for (const event of events) void producer.put(event);
    await passTime(clock, producer.flush());
    expect(new Set(sink.calls.flat().map(({ partitionKey }) => partitionKey)).size).toBeGreaterThan(30);
    expect(producer.stats()).toMatchObject({ accepted: 500, events: 500, buffered: 0 });
  });
});
