import { expect, test } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { type EventSink, feedEvents } from '#cli/feed-events.ts';
import type { EventFile, InputEvent } from '#cli/read-events/input-event.ts';
import { decodeRecord } from '#core/records/decode-record.ts';

function fileOf(...batches: InputEvent[][]): EventFile {
  return {
    path: 'x',
    format: 'ndjson',
    columns: undefined,
    progress: () => 0,
    async *batches() {
      yield* batches;
    },
  };
}

/** Keeps what it is given; refuses every second `tryPut`. */
class Sink implements EventSink {
  readonly given: unknown[] = [];
  readonly raw: Uint8Array[] = [];
  #turn = 0;

  tryPut(event: object): boolean {
    if (this.#turn++ % 2 === 1) return false;
    this.given.push(event);
    return true;
  }

  async put(event: object): Promise<void> {
    this.given.push(event);
  }

  async putRaw(bytes: Uint8Array): Promise<void> {
    this.given.push(Buffer.from(bytes).toString());
    this.raw.push(bytes);
  }
}

const never = new AbortController().signal;
const raw = (text: string): InputEvent => ({ kind: 'raw', bytes: Buffer.from(text) });
const event = (value: unknown): InputEvent => ({ kind: 'event', value });

test('events go in order, whether there is room at once or not; values that are no objects go as their text', async () => {
  const sink = new Sink();
  const heard: number[] = [];
  const file = fileOf(
    [event({ a: 1 }), event({ a: 2 }), raw('x y')],
    [event(42), event([1]), event(null), event('t')],
  );
  const fed = await feedEvents(file, sink, { signal: never, onFed: (events) => void heard.push(events) });
  expect(fed).toBe(7);
  expect(heard).toEqual([3, 7]);
  expect(sink.given).toEqual([{ a: 1 }, { a: 2 }, 'x y', '42', [1], 'null', '"t"']);
});

test.each([
  'x y',
  '{"a"\n2}',
  '[1,2]',
  '[[1],[2]]',
  '[1,2',
  'a\r\nb',
  '1e999',
  '{"a":1e999}',
  '\xff\xfe',
  '[]',
])('what could not be read is one event to the handler, whatever it holds: %j', async (text) => {
  const sink = new Sink();
  await feedEvents(fileOf([{ kind: 'raw', bytes: Buffer.from(text, 'latin1') }]), sink, {
    signal: never,
    onFed: () => {},
  });
  expect(sink.raw).toHaveLength(1);
  expect(decodeRecord(sink.raw[0] ?? new Uint8Array(), recordTools)).toHaveLength(1);
});

test('a pace is kept, and what hears of it is waited for', async () => {
  const sink = new Sink();
  const wanted: number[] = [];
  const heard: number[] = [];
  await feedEvents(fileOf(Array.from({ length: 5 }, (_, a) => event({ a }))), sink, {
    signal: never,
    pace: async (events) => {
      wanted.push(events);
      return Math.min(2, events);
    },
    onFed: async (events) => {
      heard.push(events);
      expect(sink.given).toHaveLength(events);
      await Promise.resolve();
    },
  });
  expect(wanted).toEqual([5, 3, 1]);
  expect(heard).toEqual([2, 4, 5]);
});

test('it stops when it is told to', async () => {
  const controller = new AbortController();
  const sink = new Sink();
  const feeding = feedEvents(fileOf([event({ a: 1 })], [event({ a: 2 })]), sink, {
    signal: controller.signal,
    onFed: () => controller.abort(new Error('enough')),
  });
  await expect(feeding).rejects.toThrow('enough');
  expect(sink.given).toEqual([{ a: 1 }]);
});
