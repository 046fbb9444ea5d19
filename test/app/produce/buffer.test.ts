import { describe, expect, it } from 'vitest';
import { noise, OK, passTime, producerOn, ScriptedSink, seededRandom, settle, watch } from './fakes.ts';

/** A sink whose calls end when they are told to. */
function gatedSink() {
  const gates: (() => void)[] = [];
  const sink = new ScriptedSink(async (records) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return records.map(() => OK);
  });
  return { sink, open: () => gates.splice(0).forEach((gate) => gate()) };
}

describe("a producer's buffer", () => {
  it('never holds more than it may, and makes its caller wait', async () => {
    const random = seededRandom(7);
    const bytesMax = 40_000;
    const { sink, open } = gatedSink();
    const { clock, producer } = producerOn(sink, {
      bufferBytesMax: bytesMax,
      recordBytesMax: 8192,
      recordBytesTarget: 4096,
    });
    let highest = 0;
    let waits = 0;
    for (let id = 0; id < 3000; id++) {
      // Small and large, and nothing that gzip could make small.
      const event = {
        id,
        text: noise(Math.floor(random() ** 8 * 3000), random),
        ...(id % 50 === 0 ? { x: Number.NaN } : {}),
      };
      const put = id % 40 === 7 ? producer.putRaw(Buffer.from(JSON.stringify(event))) : producer.put(event);
      const end = watch(put);
      await settle();
      highest = Math.max(highest, producer.stats().buffered);
      if (!end.reached) {
        waits++;
        expect(producer.tryPut({ id: 'no room' })).toBe(false);
        open();
        await settle();
        while (!end.reached) {
          await clock.advance(100);
          open();
        }
      }
      await put;
      highest = Math.max(highest, producer.stats().buffered);
    }
    expect(waits).toBeGreaterThan(10);
    expect(highest).toBeLessThanOrEqual(bytesMax);
    expect(highest).toBeGreaterThan(bytesMax / 2);
    const flush = producer.flush();
    for (let round = 0; producer.stats().buffered > 0 && round < 1000; round++) {
      await clock.advance(100);
      open();
    }
    await flush;
    const ids = sink.events().map((event) => {
      if (event.ok) return (event.value as { id: number }).id;
      return JSON.parse(String(event.payload).replace('NaN', '0')).id;
    });
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 3000 }, (_, id) => id));
  });

  it('lets in who waits in the order of their coming', async () => {
    const { sink, open } = gatedSink();
    const { clock, producer } = producerOn(sink, {
      recordBytesMax: 1024,
      bufferBytesMax: 4096,
      callsMax: 1,
      lingerMs: 1e9, // none but the flush sends what was gathered
    });
    const admitted: number[] = [];
    const large = Buffer.alloc(900, ' ');
    const puts = Array.from({ length: 12 }, (_, id) =>
      (id % 2 === 0 ? producer.putRaw(large) : producer.put({ id })).then(() => admitted.push(id)),
    );
    const flush = producer.flush();
    await settle();
    expect(admitted.length).toBeLessThan(12);
    for (let round = 0; round < 20; round++) {
      await clock.advance(100);
      open();
    }
    await Promise.all(puts);
    await flush;
    expect(admitted).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(sink.values().filter((value) => typeof value === 'object')).toHaveLength(6);
    expect(producer.stats()).toMatchObject({ accepted: 12, events: 12, buffered: 0 });
  });

  it('refuses a caller who never waits, when too many puts stand in line', async () => {
    const { producer } = producerOn(gatedSink().sink, { recordBytesMax: 1024, bufferBytesMax: 4096 });
    const refusals: unknown[] = [];
    for (let id = 0; id < 10_100; id++)
      producer.putRaw(Buffer.alloc(900)).catch((error: unknown) => refusals.push(error));
    await settle();
    expect(refusals.length).toBeGreaterThan(50);
    expect(refusals.length).toBeLessThan(100);
    expect(String(refusals[0])).toContain('await each put');
  });

  it('says which setting is out of range', () => {
    const sink = new ScriptedSink();
    expect(() => producerOn(sink, { bufferBytesMax: 1000 })).toThrow(
      /bufferBytesMax is 1000: set it from \d+ to/,
    );
    expect(() => producerOn(sink, { recordBytesMax: 2 ** 21 })).toThrow(/recordBytesMax/);
    expect(() => producerOn(sink, { recordBytesTarget: 1 })).toThrow(/recordBytesTarget/);
    expect(() => producerOn(sink, { eventsPerRecordMax: 20_001 })).toThrow(/eventsPerRecordMax/);
    expect(() => producerOn(sink, { lingerMs: -1 })).toThrow(/lingerMs/);
    expect(() => producerOn(sink, { callsMax: Number.NaN })).toThrow(/callsMax is NaN/);
    expect(() => producerOn(sink, { attemptsMax: 0 })).toThrow(/attemptsMax/);
    expect(() => producerOn(sink, { deadlineMs: 0 })).toThrow(/deadlineMs/);
  });

  it('sends what has lingered long enough, and not earlier', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink, { lingerMs: 100 });
    await producer.put({ id: 1 });
    await clock.advance(60);
    await producer.put({ id: 2 });
    await producer.put({ id: Number.NaN });
    await clock.advance(39);
    expect(sink.taken).toHaveLength(0);
    await clock.advance(1);
    expect(sink.values()).toEqual([{ id: 1 }, { id: 2 }]);
    await clock.advance(59);
    expect(sink.taken).toHaveLength(1);
    await clock.advance(1);
    expect(sink.values()).toEqual([{ id: 1 }, { id: 2 }, 'not_json']);
    await clock.advance(1000);
    await producer.put({ id: Number.NaN });
    await clock.advance(60);
    await producer.put({ id: 3 });
    await clock.advance(99);
    expect(sink.values()).toEqual([{ id: 1 }, { id: 2 }, 'not_json', 'not_json']);
    await clock.advance(1);
    expect(sink.values()).toHaveLength(5);
    await passTime(clock, producer.close());
  });
});
