import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Producer } from '#app/produce/producer.ts';
import { UndeliveredError } from '#app/produce/producer-errors.ts';
import { canonical, jsonEvent } from '#test/core/records/events.ts';
import {
  noise,
  OK,
  passTime,
  producerOn,
  REFUSED,
  ScriptedSink,
  seededRandom,
  settle,
  THROTTLED,
} from './fakes.ts';

const keysOf = (records: readonly { partitionKey: string }[] | undefined) =>
  records?.map(({ partitionKey }) => partitionKey);

/** Records `{"id":0}` and so on, within one moment. */
async function putAtOnce(producer: Producer, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, id) => producer.putRaw(Buffer.from(`{"id":${id}}`))));
}

async function rejectionOf(promise: Promise<unknown>): Promise<UndeliveredError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UndeliveredError))
    throw new Error(`expected an UndeliveredError, not ${String(error)}`);
  return error;
}

describe('a producer, when the stream does not take everything', () => {
  it('puts again what failed, and only that, under the same keys', async () => {
    const sink = new ScriptedSink((records, call) =>
      records.map((_, index) => (call === 0 && index % 3 === 1 ? THROTTLED : OK)),
    );
    const { clock, producer } = producerOn(sink);
    await putAtOnce(producer, 7);
    await passTime(clock, producer.flush());
    expect(sink.calls.map((records) => records.length)).toEqual([7, 2]);
    expect(keysOf(sink.calls[1])).toEqual(keysOf(sink.calls[0]?.filter((_, index) => index % 3 === 1)));
    expect(sink.values().map(canonical).sort()).toEqual([0, 1, 2, 3, 4, 5, 6].map((id) => `{"id":${id}}`));
    expect(producer.stats()).toMatchObject({
      accepted: 7,
      events: 7,
      records: 7,
      retries: 2,
      failed: 0,
      buffered: 0,
    });
  });

  it('delivers every event once, whatever fails on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(jsonEvent, { maxLength: 40 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (events, seed) => {
          const random = seededRandom(seed);
          const sink = new ScriptedSink((records) => {
            const down = random() < 0.3;
            return records.map(() => (down || random() < 0.3 ? THROTTLED : OK));
          });
          const { clock, producer } = producerOn(
            sink,
            { recordBytesTarget: 512, eventsPerRecordMax: 7 },
            random,
          );
          for (const [index, event] of events.entries()) {
            await producer.put(event);
            if (index % 10 === 9) await clock.advance(50);
          }
          await passTime(clock, producer.flush());
          const expected = events.map((event) => canonical(JSON.parse(JSON.stringify(event))));
          expect(sink.values().map(canonical).sort()).toEqual(expected.sort());
          expect(producer.stats()).toMatchObject({ events: events.length, failed: 0, buffered: 0 });
        },
      ),
    );
  });

  it('waits up to twice as long after each call that puts nothing through, up to ten seconds', async () => {
    const sink = new ScriptedSink((records, call) => records.map(() => (call < 9 ? THROTTLED : OK)));
    const { clock, producer } = producerOn(sink, {}, () => 0.5);
    await producer.putRaw(Buffer.from('{}'));
    await passTime(clock, producer.flush());
    expect(clock.slept).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('waits shortly where only some were throttled', async () => {
    const sink = new ScriptedSink((records, call) =>
      records.map((_, index) => (index > 0 && call < 5 ? THROTTLED : OK)),
    );
    const { clock, producer } = producerOn(sink, {}, () => 0.5);
    await putAtOnce(producer, 20);
    await passTime(clock, producer.flush());
    expect(clock.slept).toEqual([50, 50, 50, 50, 50]);
    expect(sink.taken).toHaveLength(20);
  });

  it('never has more calls under way than it may, also while it waits to put again', async () => {
    const sink = new ScriptedSink((records, call) => records.map(() => (call < 30 ? THROTTLED : OK)));
    const { clock, producer } = producerOn(sink, { callsMax: 3 });
    for (let id = 0; id < 50; id++) {
      await producer.putRaw(Buffer.from(`{"id":${id}}`));
      await clock.advance(0);
    }
    expect(sink.calls).toHaveLength(3);
    await passTime(clock, producer.flush());
    expect(sink.taken).toHaveLength(50);

    const silent = new ScriptedSink(() => new Promise(() => {}));
    const other = producerOn(silent, { callsMax: 3 });
    for (let id = 0; id < 50; id++) {
      await other.producer.putRaw(Buffer.from(`{"id":${id}}`));
      await other.clock.advance(0);
    }
    expect(silent.calls).toHaveLength(3);
  });

  it('keeps to the records and bytes of a call', async () => {
    const sink = new ScriptedSink();
    const { clock, producer } = producerOn(sink, { callsMax: 1, bufferBytesMax: 64 * 1024 * 1024 });
    const small = putAtOnce(producer, 1200);
    const large = Array.from({ length: 12 }, () => producer.putRaw(Buffer.alloc(900_000, ' ')));
    await Promise.all([small, ...large]);
    await passTime(clock, producer.flush());
    expect(sink.calls.map((records) => records.length)).toEqual([500, 500, 205, 5, 2]);
    for (const records of sink.calls) {
      const bytes = records.reduce(
        (sum, { data, partitionKey }) => sum + data.length + partitionKey.length,
        0,
      );
      expect(bytes).toBeLessThanOrEqual(5 * 1024 * 1024);
    }
  });
});

describe('a producer, when the stream refuses for good', () => {
  it('hands over what it could not deliver, and takes nothing in the meantime', async () => {
    let answer = REFUSED;
    const sink = new ScriptedSink((records) => records.map(() => answer));
    const { clock, producer } = producerOn(sink);
    await producer.put({ id: 1 });
    await producer.put({ id: 2 });
    await clock.advance(100);
    await expect(producer.put({ id: 3 })).rejects.toThrow(/AccessDeniedException.*call flush/);
    expect(() => producer.tryPut({ id: 3 })).toThrow(/call flush/);

    const error = await rejectionOf(passTime(clock, producer.flush()));
    expect(error.events).toBe(2);
    expect(error.records).toMatchObject([{ events: 2, failure: { code: 'AccessDeniedException' } }]);
    expect(error.message).toContain(
      '2 events in 1 records were not delivered: AccessDeniedException: Not you.',
    );
    expect(producer.stats()).toMatchObject({ accepted: 2, events: 0, failed: 2, retries: 0, buffered: 0 });

    answer = OK;
    for (const { data } of error.records) await producer.putRaw(data);
    await producer.put({ id: 3 });
    await passTime(clock, producer.flush());
    expect(sink.values()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it('delivers the others all the same', async () => {
    const sink = new ScriptedSink((records) => records.map((_, index) => (index === 1 ? REFUSED : OK)));
    const { clock, producer } = producerOn(sink);
    await putAtOnce(producer, 3);
    const error = await rejectionOf(passTime(clock, producer.flush()));
    expect(error.records.map(({ data }) => Buffer.from(data).toString())).toEqual(['{"id":1}']);
    expect(sink.values()).toEqual([{ id: 0 }, { id: 2 }]);
    await passTime(clock, producer.flush());
  });

  it('gives up after as many attempts, or as much time, as it was given', async () => {
    const sink = new ScriptedSink((records) => records.map(() => THROTTLED));
    const few = producerOn(sink, { attemptsMax: 3 });
    await few.producer.put({ id: 1 });
    const error = await rejectionOf(passTime(few.clock, few.producer.flush()));
    expect(error.records[0]?.failure.code).toBe('ProvisionedThroughputExceededException');
    expect(sink.calls).toHaveLength(3);

    const brief = producerOn(sink, { deadlineMs: 60_000 });
    await brief.producer.put({ id: 1 });
    await rejectionOf(passTime(brief.clock, brief.producer.flush()));
    expect(brief.clock.nowMs()).toBeGreaterThanOrEqual(60_000);
    expect(brief.clock.nowMs()).toBeLessThanOrEqual(72_000);
  });

  it('tells every flush that waits at that time', async () => {
    const sink = new ScriptedSink((records) => records.map(() => REFUSED));
    const { clock, producer } = producerOn(sink);
    await producer.put({ id: 1 });
    const flushes = [producer.flush(), producer.flush()];
    const errors = await Promise.all(flushes.map((flush) => rejectionOf(passTime(clock, flush))));
    expect(errors[0]?.events).toBe(1);
    expect(errors[1]).toBe(errors[0]);
  });

  it('sends away those who wait for room, and keeps none of their events', async () => {
    let refuse = () => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    const sink = new ScriptedSink(async (records) => {
      await refused;
      return records.map(() => REFUSED);
    });
    const { clock, producer } = producerOn(sink, { recordBytesMax: 1024, bufferBytesMax: 4096 });
    const puts: Promise<boolean>[] = [];
    for (let id = 0; id < 10; id++) {
      puts.push(
        producer.putRaw(Buffer.from(noise(900, Math.random))).then(
          () => true,
          () => false,
        ),
      );
    }
    const flush = rejectionOf(passTime(clock, producer.flush()));
    await settle();
    refuse();
    const taken = (await Promise.all(puts)).filter(Boolean).length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(10);
    expect((await flush).events).toBe(taken);
  });

  it('hands the records over as well when the sink itself breaks', async () => {
    const sink = new ScriptedSink(() => {
      throw new TypeError('a bug');
    });
    const { clock, producer } = producerOn(sink);
    await producer.put({ id: 1 });
    const error = await rejectionOf(passTime(clock, producer.flush()));
    expect(error.message).toContain('SinkError: a bug');
  });

  it('puts again what got no answer of its own', async () => {
    const sink = new ScriptedSink((records, call) => (call === 0 ? [OK] : records.map(() => OK)));
    const { clock, producer } = producerOn(sink);
    await putAtOnce(producer, 3);
    await passTime(clock, producer.flush());
    expect(sink.calls.map((records) => records.length)).toEqual([3, 2]);
    expect(sink.values()).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
  });

  it('lets go of the stream when it is closed, delivered or not', async () => {
    const sink = new ScriptedSink((records) => records.map(() => REFUSED));
    const { clock, producer } = producerOn(sink);
    await producer.put({ id: 1 });
    const close = producer.close();
    await rejectionOf(passTime(clock, close));
    expect(producer.close()).toBe(close);
    expect(sink.closed).toBe(1);
    await expect(producer.put({ id: 2 })).rejects.toThrow(/closed/);
  });
});
