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

  test('gathers lanes of one shard as one, where it is told which those are: full records, in order', async () => {
    const shardOf = (key: string) => String(Number(key.slice('lane-'.length)) % 3);
    const keyOf = (event: object) => (event as { id: number }).id;
    const sink = new ScriptedSink((records) => records.map(() => OK));
    const { clock, producer } = producerOn(sink, { keyOf, shardOf, eventsPerRecordMax: 50 });
    for (const event of events) void producer.put(event);
    await passTime(clock, producer.flush());
    const byLane = new ScriptedSink((records) => records.map(() => OK));
    const plain = producerOn(byLane, { keyOf });
    for (const event of events) void plain.producer.put(event);
    await passTime(plain.clock, plain.producer.flush());
    const placed = (calls: typeof sink.calls) =>
      calls.flat().flatMap(({ data, partitionKey }) =>
        decodeRecord(data, recordTools).map((each) => ({
          id: each.ok ? (each.value as { id: number }).id : -1,
          shard: shardOf(partitionKey),
        })),
      );
    const inShards = placed(sink.calls);
    const sorted = (all: typeof inShards) => all.toSorted((a, b) => a.id - b.id);
    expect(sorted(inShards)).toEqual(sorted(placed(byLane.calls)));
    for (const shard of ['0', '1', '2']) {
      const ids = inShards.filter((each) => each.shard === shard).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(50);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    }
    expect(sink.calls.flat().length).toBeLessThan(14);
    expect(new Set(sink.calls.flat().map(({ partitionKey }) => partitionKey)).size).toBe(3);
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
