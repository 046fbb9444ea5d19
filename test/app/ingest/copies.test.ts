import { describe, expect, test } from 'vitest';
import { count, definePipeline, type Pipeline, tumbling } from 'weir';
import * as z from 'zod';
import { noise, OK, ScriptedSink, seededRandom, THROTTLED } from '#test/app/produce/fakes.ts';
import { IngestRig, NOW, postEvents, VALID } from './fixture.ts';

const pipeline = definePipeline({
  name: 'orders',
  schema: z.object({ id: z.union([z.string(), z.number()]).optional(), at: z.number(), text: z.string() }),
  eventTime: ({ at }) => at,
  eventId: ({ id }) => id as string,
  aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { orders: count() } } },
});

const order = (id: unknown) => ({ id, at: NOW, text: 'some' });
/** So large, also compressed, that a request is of several records. */
const random = seededRandom();
const orders = Array.from({ length: 40 }, (_, i) => ({ ...order(`order ${i}`), text: noise(3000, random) }));

/** The partition keys and data of the records that requests become, in the order of their data. */
async function recordsOf(of: Pipeline | undefined, ...requests: (readonly unknown[])[]) {
  const taken: string[][] = [];
  for (const events of requests) {
    const sink = new ScriptedSink((records) => records.map(() => OK));
    const { status } = await new IngestRig(sink, {}, of).send(postEvents(events));
    expect(status).toBe(200);
    const records = sink.calls.flat();
    taken.push(
      records.map(({ data, partitionKey }) => `${partitionKey} ${Buffer.from(data).toString('hex')}`),
    );
  }
  return taken.map((records) => records.sort());
}

const keyOf = (record: string | undefined) => record?.split(' ')[0];

describe('records of a pipeline that tells duplicates', () => {
  test('have the same keys and content when a request is sent again, so that copies meet in one shard', async () => {
    const [first, again] = await recordsOf(pipeline, orders, orders);
    expect(first?.length).toBeGreaterThan(3);
    expect(again).toEqual(first);
    expect(new Set(first?.map(keyOf)).size).toBe(first?.length);
  });

  test('have the key of their first id, whatever else is in them, and 5 is "5"', async () => {
    const [texts, numbers, others] = await recordsOf(pipeline, [order('5')], [order(5)], [order(6)]);
    expect(keyOf(texts?.[0])).toBe(keyOf(numbers?.[0]));
    expect(keyOf(others?.[0])).not.toBe(keyOf(numbers?.[0]));
    const [alone, before] = await recordsOf(pipeline, [order('a')], [order('a'), order('b')]);
    expect(keyOf(before?.[0])).toBe(keyOf(alone?.[0]));
  });

  test('keep their keys where the stream takes them at the second attempt', async () => {
    const sink = new ScriptedSink((records, call) => records.map(() => (call === 0 ? THROTTLED : OK)));
    await new IngestRig(sink, {}, pipeline).send(postEvents(orders));
    const [first = [], ...later] = sink.calls.map((call) => call.map(({ partitionKey }) => partitionKey));
    expect(later.flat().sort()).toEqual(first.toSorted());
  });
});

test('records of a pipeline without ids go anywhere, each time', async () => {
  const events = orders.map(({ text }, i) => ({ ...VALID, n: i, text }));
  const sink = new ScriptedSink((records) => records.map(() => OK));
  const rig = new IngestRig(sink);
  for (let i = 0; i < 2; i++) expect((await rig.send(postEvents(events))).status).toBe(200);
  const keys = sink.calls.flat().map(({ partitionKey }) => partitionKey);
  expect(new Set(keys).size).toBe(keys.length);
});
