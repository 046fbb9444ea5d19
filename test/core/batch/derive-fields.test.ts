import fc from 'fast-check';
import { expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import { checkEvent, isRejection } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';

const anyObject = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } };

/** A definition for which the compiler does not vouch, as one in plain JavaScript. */
function pipelineOf(derive: Record<string, (event: Record<string, unknown>) => unknown>): Pipeline {
  const aggregates = { all: { groupBy: [], window: tumbling('1h'), metrics: { events: count() } } };
  return definePipeline({ name: 'test', schema: anyObject, eventTime: () => 0, derive, aggregates } as never);
}

function check(pipeline: Pipeline, event: unknown) {
  return checkEvent(pipeline, event, 0 as EpochMs);
}

test('derived fields are beside the event’s own, and the event as it came has none', () => {
  const pipeline = pipelineOf({
    carrier: ({ flight }) => String(flight).slice(0, 2),
    is_long: ({ miles }) => Number(miles) > 1000,
    gate: () => null,
    // All see the event as it came.
    sees: (event) => Object.keys(event).join(),
  });
  const came = { flight: 'LH404', miles: 1200 };
  expect(check(pipeline, came)).toEqual({
    event: { ...came, carrier: 'LH', is_long: true, gate: null, sees: 'flight,miles' },
    time: 0,
  });
  expect(came).toEqual({ flight: 'LH404', miles: 1200 });
});

test.each<[string, () => unknown, string]>([
  [
    'that throws',
    () => {
      throw new RangeError('secret');
    },
    'derive.odd threw RangeError; make it total',
  ],
  [
    'that throws what is no error',
    () => {
      throw 'secret' as unknown;
    },
    'derive.odd threw string; make it total',
  ],
  ['that gives undefined', () => undefined, 'derive.odd gave undefined; give null where there is no value'],
  ['that gives NaN', () => Number.NaN, 'derive.odd gave no finite number; give null where there is none'],
  ['that gives a list', () => ['secret'], 'derive.odd gave an array; give a string, number, boolean or null'],
  [
    'that gives a promise',
    async () => 'secret',
    'derive.odd gave a value of type object; give a string, number, boolean or null',
  ],
  [
    'that gives a bigint',
    () => 5n,
    'derive.odd gave a value of type bigint; give a string, number, boolean or null',
  ],
])('a function %s makes the event invalid, and says which', (_, odd, detail) => {
  expect(check(pipelineOf({ fine: () => 1, odd }), {})).toEqual({ reason: 'derive', detail });
});

test('an event that is invalid before is not derived from', () => {
  const pipeline = pipelineOf({
    odd: () => {
      throw new Error('not to be called');
    },
  });
  const early = { ...pipeline, maxAheadMs: -1 };
  expect(check(early, {})).toMatchObject({ reason: 'event_time_ahead' });
  expect(check(pipeline, 5)).toMatchObject({ reason: 'schema' });
});

test('fields with names that every object inherits are fields like any other', () => {
  const pipeline = pipelineOf({ constructor: () => 'x', to_string: ({ a }) => a });
  const outcome = check(pipeline, JSON.parse('{ "a": 1, "__proto__": 2 }'));
  if (isRejection(outcome)) throw new Error(outcome.detail);
  expect(Object.entries(outcome.event)).toEqual([
    ['a', 1],
    ['__proto__', 2],
    ['constructor', 'x'],
    ['to_string', 1],
  ]);
});

test('whatever a function gives: it is a plain value of the event, or the event is rejected', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (value) => {
      const isPlain =
        value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
      const outcome = check(pipelineOf({ odd: () => value }), {});
      if (isRejection(outcome)) expect([isPlain, outcome.reason]).toEqual([false, 'derive']);
      else expect([isPlain, outcome.event['odd']]).toEqual([true, value]);
    }),
  );
});
