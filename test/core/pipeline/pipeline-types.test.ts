import { assertType, expect, test } from 'vitest';
import {
  count,
  defineMetric,
  definePipeline,
  distinct,
  first,
  histogram,
  last,
  max,
  maxBy,
  mean,
  min,
  minBy,
  type Pipeline,
  quantile,
  quantiles,
  rate,
  stddev,
  sum,
  topK,
  tumbling,
  variance,
} from 'weir';
import * as z from 'zod';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';

/*
 * The compiler is the test: each `@ts-expect-error` fails `npm run types` where the line below it compiles. Whatever
 * the compiler refuses, a caller without types gets as an error at load, where the schema tells its fields.
 */

const flight = z.object({
  date: z.string(),
  delay: z.number(),
  distance: z.number().nullable(),
  taxi: z.number().optional(),
  origin: z.string(),
  destination: z.string().nullable(),
  gate: z.string().optional(),
  cancelled: z.boolean(),
  codes: z.array(z.string()),
});
type Flight = z.infer<typeof flight>;

const base = {
  name: 'flights',
  schema: flight,
  eventTime: ({ date }: Flight) => date,
} as const;
const window = tumbling('1h');

test('fields of the right type compile: nullable and optional numbers, nullable and boolean groups', () => {
  const pipeline: Pipeline = definePipeline({
    ...base,
    aggregates: {
      all: { groupBy: [], window, metrics: { flights: count() } },
      by_route: {
        groupBy: ['origin', 'destination', 'cancelled', 'delay'],
        window,
        metrics: {
          flights: count(),
          late: count({ where: ({ delay }: Flight) => delay > 15 }),
          delay: mean('delay'),
          worst: max('delay', { where: (event: Flight) => !event.cancelled }),
          best: min('delay', { where: (event: { cancelled: boolean }) => event.cancelled }),
          spread: stddev('taxi'),
          miles: sum('distance'),
        },
      },
    },
  });
  expect(pipeline.aggregates.map(({ name }) => name)).toEqual(['all', 'by_route']);
});

test('an event time of each kind compiles, others do not', () => {
  const aggregates = { all: { groupBy: [], window, metrics: { flights: count() } } };
  assertType<Pipeline>(
    definePipeline({ name: 'a', schema: flight, eventTime: (event) => event.date, aggregates }),
  );
  assertType<Pipeline>(
    definePipeline({ name: 'a', schema: flight, eventTime: (event) => event.delay, aggregates }),
  );
  assertType<Pipeline>(
    definePipeline({ name: 'a', schema: flight, eventTime: () => new Date(0), aggregates }),
  );
  assertType<Pipeline>(
    // @ts-expect-error: a boolean is no time
    definePipeline({ name: 'a', schema: flight, eventTime: (event) => event.cancelled, aggregates }),
  );
  assertType<Pipeline>(
    // @ts-expect-error: the schema has no field 'when'
    definePipeline({ name: 'a', schema: flight, eventTime: (event) => event.when, aggregates }),
  );
});

test('a where of an aggregate knows the event, with what is derived and looked up', () => {
  const pipeline = definePipeline({
    ...base,
    derive: { hour: ({ date }) => Number(date.slice(11, 13)) },
    lookup: { airport: { table: 'airports', key: 'origin', fields: { city: 'string' } } },
    aggregates: {
      mornings: {
        groupBy: ['origin'],
        where: ({ hour, airport_city, cancelled }) => hour < 12 && airport_city !== 'Dallas' && !cancelled,
        window,
        metrics: { flights: count() },
      },
    },
  });
  expect(pipeline.aggregates[0]?.where).toBeTypeOf('function');
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          // @ts-expect-error: the schema has no field 'dely'
          where: ({ dely }) => dely > 15,
          window,
          metrics: { flights: count() },
        },
      },
    }),
  );
});

test('maxBy and minBy take any plain value, and go by a number', () => {
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          window,
          metrics: {
            latest: maxBy('destination', 'delay', { where: ({ cancelled }: Flight) => !cancelled }),
            nearest: minBy('cancelled', 'distance'),
            // @ts-expect-error: 'codes' is a list
            codes: maxBy('codes', 'delay'),
            // @ts-expect-error: 'origin' is text
            by_text: maxBy('gate', 'origin'),
          },
        },
      },
    }),
  );
  const unknown = define(() =>
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: the schema has no field 'dely'
            latest: maxBy('origin', 'dely'),
          },
        },
      },
    }),
  );
  expect(unknown).toThrow(/metrics\.latest\.by: names the field 'dely'/);
});

test('an event time may be when the event arrived', () => {
  const aggregates = { all: { groupBy: [], window, metrics: { flights: count() } } };
  assertType<Pipeline>(
    definePipeline({ name: 'a', schema: flight, eventTime: (_, arrival) => arrival, aggregates }),
  );
});

function define(aggregates: () => unknown): () => unknown {
  return aggregates;
}

test('a metric of a field that the schema lacks does not compile, and does not load', () => {
  const definition = define(() =>
    definePipeline({
      ...base,
      aggregates: {
        by_origin: {
          groupBy: ['origin'],
          window,
          metrics: {
            flights: count(),
            // @ts-expect-error: the schema has no field 'dely'
            delay: mean('dely'),
          },
        },
      },
    }),
  );
  expect(definition).toThrow(/aggregates\.by_origin\.metrics\.delay: names the field 'dely'/);
});

test('a metric of a field that holds no number does not compile', () => {
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        by_origin: {
          groupBy: ['origin'],
          window,
          metrics: {
            // @ts-expect-error: 'origin' is text
            mean: mean('origin'),
            // @ts-expect-error: 'cancelled' is true or false
            sum: sum('cancelled'),
            // @ts-expect-error: 'codes' is a list
            max: max('codes'),
          },
        },
      },
    }),
  );
});

test('a metric of any value takes fields of text, numbers, true and false, and no others', () => {
  const events = defineMetric<null>({ ...DEFINITION, kind: 'type_test_events', input: 'nothing' });
  const scalars = defineMetric<null>({ ...DEFINITION, kind: 'type_test_scalars', input: 'scalar' });
  const numbers = defineMetric<null>({ ...DEFINITION, kind: 'type_test_numbers', input: 'number' });
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          window,
          metrics: {
            each_second: rate({ where: ({ delay }: Flight) => delay > 0 }),
            spread: variance('taxi'),
            buckets: histogram('distance', [100, 1000]),
            p95: quantile('delay', 0.95, { relativeError: 0.001, where: (event: Flight) => event.cancelled }),
            quarters: quantiles('delay', [0.25, 0.75]),
            opening: first('delay'),
            closing: last('gate'),
            open: last('cancelled'),
            gates: distinct('gate', { precision: 10 }),
            destinations: topK('destination', 10, { where: ({ delay }: Flight) => delay > 0 }),
            events: events(),
            scalars: scalars('destination'),
            numbers: numbers('taxi'),
          },
        },
      },
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: 'codes' is a list
            first: first('codes'),
            // @ts-expect-error: 'codes' is a list
            top: topK('codes', 3),
            // @ts-expect-error: 'origin' is text
            p95: quantile('origin', 0.95),
            // @ts-expect-error: 'destination' is text
            buckets: histogram('destination', [1]),
            // @ts-expect-error: 'destination' is text
            numbers: numbers('destination'),
            // @ts-expect-error: 'codes' is a list
            scalars: scalars('codes'),
            // @ts-expect-error: no event has 'when'
            late: last('gate', { where: ({ when }: { when: number }) => when > 5 }),
          },
        },
      },
    }),
  );
  const unknown = define(() =>
    definePipeline({
      ...base,
      aggregates: {
        all: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: the schema has no field 'gates'
            gates: distinct('gates'),
          },
        },
      },
    }),
  );
  expect(unknown).toThrow(/metrics\.gates: names the field 'gates'/);
  // @ts-expect-error: bounds are needed
  expect(() => histogram('delay')).not.toThrow();
});

const DEFINITION = {
  empty: () => null,
  add: () => null,
  merge: () => null,
  value: () => null,
  write: () => {},
  read: () => null,
};

test('a group by a field that the schema lacks, that may be missing or that is no plain value does not compile', () => {
  const metrics = { flights: count() };
  const unknown = define(() =>
    definePipeline({
      ...base,
      // @ts-expect-error: the schema has no field 'orign'
      aggregates: { a: { groupBy: ['orign'], window, metrics } },
    }),
  );
  expect(unknown).toThrow(/aggregates\.a\.groupBy\[0\]: names the field 'orign'/);
  assertType<Pipeline>(
    // @ts-expect-error: 'gate' is optional, an event without it would belong to no group
    definePipeline({ ...base, aggregates: { a: { groupBy: ['gate'], window, metrics } } }),
  );
  assertType<Pipeline>(
    // @ts-expect-error: 'codes' is a list
    definePipeline({ ...base, aggregates: { a: { groupBy: ['codes'], window, metrics } } }),
  );
});

test('a where that looks at what events do not have does not compile', () => {
  assertType<Pipeline>(
    definePipeline({
      ...base,
      aggregates: {
        a: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: no event has 'when'
            late: count({ where: ({ when }: { when: number }) => when > 5 }),
            // @ts-expect-error: 'delay' is a number
            odd: sum('delay', { where: ({ delay }: { delay: string }) => delay === 'x' }),
          },
        },
      },
    }),
  );
  // @ts-expect-error: a where gives true or false
  count({ where: () => 'yes' });
});

test('options that there are not do not compile, and do not load', () => {
  const aggregates = { all: { groupBy: [], window, metrics: { flights: count() } } } as const;
  // @ts-expect-error: it is called allowedLateness
  expect(() => definePipeline({ ...base, aggregates, lateness: '1h' })).toThrow(
    /lateness: is no option; there are /,
  );
  const odd = { groupBy: [], window: '1h', metrics: {} } as const;
  // @ts-expect-error: a window is given by tumbling(…)
  expect(() => definePipeline({ ...base, aggregates: { odd } })).toThrow(
    /odd\.window: is no window; give tumbling/,
  );
  // @ts-expect-error: eventTime is missing
  expect(() => definePipeline({ name: 'a', schema: flight, aggregates })).toThrow(
    /eventTime: is no function/,
  );
});

test('what a schema makes of an event is what counts, not what it takes', () => {
  const schema = z.object({ at: z.string(), kelvin: z.string() }).transform(({ at, kelvin }) => ({
    at: new Date(at),
    celsius: Number(kelvin) - 273.15,
  }));
  assertType<Pipeline>(
    definePipeline({
      name: 'weather',
      schema,
      eventTime: ({ at }) => at,
      aggregates: { all: { groupBy: [], window, metrics: { warmest: max('celsius') } } },
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      name: 'weather',
      schema,
      eventTime: ({ at }) => at,
      // @ts-expect-error: after the schema there is no 'kelvin'
      aggregates: { all: { groupBy: [], window, metrics: { warmest: max('kelvin') } } },
    }),
  );
});

test('a schema of one’s own is as good', () => {
  interface Ping {
    readonly at: number;
    readonly host: string;
    readonly millis: number | null;
  }
  const ping: StandardSchema<unknown, Ping> = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Ping }) },
  };
  assertType<Pipeline>(
    definePipeline({
      name: 'pings',
      schema: ping,
      eventTime: ({ at }) => at,
      aggregates: { by_host: { groupBy: ['host'], window, metrics: { millis: mean('millis') } } },
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      name: 'pings',
      schema: ping,
      eventTime: ({ at }) => at,
      // @ts-expect-error: 'host' is text
      aggregates: { by_host: { groupBy: ['host'], window, metrics: { millis: mean('host') } } },
    }),
  );
});
