import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, distinct, first, last, max, maxBy, minBy, rate, topK, tumbling } from 'weir';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import type { EventPlace } from '#core/metrics/event-order.ts';
import type { MetricValue } from '#core/metrics/metric-kind.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { type Sample } from '../metrics/columns.ts';
import { shuffled } from '../metrics/numbers.ts';
import { placedSamples, sorted } from '../metrics/samples.ts';

type Event = Readonly<Record<string, unknown>>;
interface Shop {
  readonly x: unknown;
}

/** A definition for which the compiler does not vouch, as one in plain JavaScript. */
function pipelineOf(metrics: unknown): Pipeline {
  const anyObject = {
    '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
  };
  const aggregates = { all: { groupBy: [], window: tumbling('1h'), metrics } };
  return definePipeline({ name: 'test', schema: anyObject, eventTime: () => 0, aggregates } as never);
}

function add(deltas: BatchDeltas, event: Event, time = 0, place?: EventPlace) {
  return deltas.add({ event, time: time as EpochMs }, null, place);
}

function values(deltas: BatchDeltas): Record<string, MetricValue> | undefined {
  const [delta] = [...deltas.deltas()];
  if (delta === undefined) return undefined;
  const answers = delta.table.values(0, 3_600_000);
  return Object.fromEntries(delta.table.layout.map(({ name }, i) => [name, answers[i] ?? null]));
}

/** Metrics that take nothing, numbers and values of any type, their names in no order of their kinds. */
const mixed = pipelineOf({
  e_last: last('x'),
  d_count: count(),
  c_max: max('n'),
  b_distinct: distinct('x'),
  a_rate: rate(),
  f_top: topK('x', 2),
});

describe('values of any type', () => {
  test('reach their metrics, beside those that take numbers or nothing', () => {
    const deltas = new BatchDeltas(mixed);
    const events = [
      { x: 'a', n: 3 },
      { x: 1, n: 5 },
      { x: '1', n: -1 },
      { x: true, n: 0 },
      { x: 'a', n: 2 },
      { x: 0, n: 0 },
      { x: -0, n: 0 },
    ];
    for (const [i, event] of events.entries()) expect(add(deltas, event, i)).toBe('on_time');
    expect(values(deltas)).toEqual({
      a_rate: 7 / 3600,
      b_distinct: 5,
      c_max: 5,
      d_count: 7,
      e_last: 0,
      f_top: [
        { value: 0, count: 2, error: 0 },
        { value: 'a', count: 2, error: 0 },
      ],
    });
    expect(Object.is(values(deltas)?.['e_last'], 0)).toBe(true);
  });

  test('that are missing or null do not contribute', () => {
    const deltas = new BatchDeltas(mixed);
    for (const event of [{}, { x: null, n: null }, { x: undefined }])
      expect(add(deltas, event)).toBe('on_time');
    expect(values(deltas)).toMatchObject({ b_distinct: 0, c_max: null, d_count: 3, e_last: null, f_top: [] });
  });

  test('contribute where the where holds', () => {
    const deltas = new BatchDeltas(
      pipelineOf({ odd: last('x', { where: ({ x }: Shop) => Number(x) % 2 === 1 }), all: last('x') }),
    );
    for (const x of [1, 3, 4]) add(deltas, { x }, x);
    expect(values(deltas)).toEqual({ all: 4, odd: 3 });
  });

  test.each<[string, unknown, string]>([
    ['a list', ['a'], 'is an array; this metric takes a string, number or boolean'],
    ['an object', { a: 1 }, 'is of type object; this metric takes a string, number or boolean'],
    ['a bigint', 5n, 'is of type bigint; this metric takes a string, number or boolean'],
    ['NaN', Number.NaN, 'is no finite number'],
    ['infinity', Number.NEGATIVE_INFINITY, 'is no finite number'],
    ['a long text', 'x'.repeat(1025), 'has over 1024 characters'],
  ])('%s is refused, without a word of its value', (_, x, problem) => {
    const deltas = new BatchDeltas(pipelineOf({ n: count(), newest: last('x') }));
    expect(add(deltas, { x })).toEqual({ reason: 'value', detail: `all.newest: 'x' ${problem}` });
    expect(values(deltas)).toBeUndefined();
    expect(add(deltas, { x: 'x'.repeat(1024) })).toBe('on_time');
    expect(values(deltas)).toEqual({ n: 1, newest: 'x'.repeat(1024) });
  });

  test('long texts are counted by metrics that do not keep them', () => {
    const deltas = new BatchDeltas(pipelineOf({ texts: distinct('x'), top: topK('x', 1) }));
    for (const end of ['a', 'b', 'b']) expect(add(deltas, { x: 'x'.repeat(5000) + end })).toBe('on_time');
    const answers = values(deltas);
    expect(answers?.['texts']).toBe(2);
    const start = expect.stringMatching(/^x{250,260}…[0-9a-f]{16}$/);
    expect(answers?.['top']).toEqual([{ value: start, count: 2, error: 0 }]);
  });

  test('go by the number of another field, of several the first event', () => {
    const deltas = new BatchDeltas(
      pipelineOf({ most: maxBy('x', 'n'), least: minBy('x', 'n'), at_most: maxBy('n', 'n') }),
    );
    const events = [
      { x: 'a', n: 2 },
      { x: 'b', n: 5 },
      { x: 'c', n: 5 },
      { x: 'd', n: 2 },
      // What lacks the value or the number does not contribute.
      { x: null, n: 9 },
      { x: 'e', n: null },
      { n: 4 },
      { x: 'f' },
    ];
    for (const [i, event] of events.entries()) expect(add(deltas, event, i)).toBe('on_time');
    expect(values(deltas)).toEqual({ most: 'b', least: 'a', at_most: 9 });
  });

  test('that would go by what is no number are refused', () => {
    const deltas = new BatchDeltas(pipelineOf({ n: count(), most: maxBy('x', 'n') }));
    for (const [n, problem] of [
      ['5', 'is of type string, not a number'],
      [Number.NaN, 'is no finite number'],
      [1e101, 'is beyond ±1e+100, the range in which sums are exact'],
    ]) {
      expect(add(deltas, { x: 'a', n })).toEqual({ reason: 'number', detail: `all.most: 'n' ${problem}` });
    }
    expect(values(deltas)).toBeUndefined();
  });

  test('a where that throws sets the event aside', () => {
    const where = () => {
      throw new TypeError('secret');
    };
    expect(add(new BatchDeltas(pipelineOf({ a: last('x', { where }) })), { x: 1 })).toMatchObject({
      reason: 'user_code',
      detail: expect.stringContaining('aggregates.all.metrics.a.where'),
    });
  });
});

describe('the place of an event', () => {
  const pipeline = pipelineOf({ first: first('x'), last: last('x') });

  test('decides among events of one time, however they are split over batches', () => {
    const splits = placedSamples.chain((samples) =>
      fc.tuple(fc.constant(samples), shuffled(samples), fc.nat({ max: samples.length })),
    );
    fc.assert(
      fc.property(splits, ([samples, otherOrder, at]) => {
        const merged = tableOf(otherOrder.slice(0, at));
        const rest = tableOf(otherOrder.slice(at));
        if (merged !== undefined && rest !== undefined) merged.mergeFrom(rest);
        const ends = [sorted(samples)[0]?.value, sorted(samples).at(-1)?.value];
        expect((merged ?? rest)?.values(0)).toEqual(samples.length === 0 ? undefined : ends);
      }),
    );
  });

  function tableOf(samples: readonly Sample[]) {
    const deltas = new BatchDeltas(pipeline);
    // One object for all, as a caller may pass it; and all events at one time.
    const place = { shard: '' as ShardId, sequence: '' as SequenceNumber, index: 0 };
    for (const { value, order } of samples) {
      place.shard = order.shard;
      place.sequence = order.sequence;
      place.index = order.index;
      // In one window, in the order of the times.
      const time = Math.max(-1, Math.min(order.time, 2)) + 1;
      expect(add(deltas, { x: value }, time, place)).toBe('on_time');
    }
    return [...deltas.deltas()][0]?.table;
  }

  test('is forgotten where the next event has none', () => {
    const deltas = new BatchDeltas(pipeline);
    add(deltas, { x: 'placed' }, 0, { shard: 's' as ShardId, sequence: '1' as SequenceNumber, index: 0 });
    add(deltas, { x: 'zzz' }, 0);
    expect(values(deltas)).toEqual({ first: 'zzz', last: 'placed' });
  });
});
