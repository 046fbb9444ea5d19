import { assertType, expect, test } from 'vitest';
import { count, definePipeline, max, mean, min, type Pipeline, sum, tumbling } from 'weir';
import * as z from 'zod';

/*
 * The compiler is the test: each `@ts-expect-error` fails `npm run types` where the line below it compiles.
 */

const flight = z.object({
  date: z.string(),
  delay: z.number(),
  origin: z.string(),
  gate: z.string().nullable(),
  codes: z.array(z.string()),
});
type Flight = z.infer<typeof flight>;

const base = { name: 'flights', schema: flight, eventTime: ({ date }: Flight) => date } as const;
const window = tumbling('1h');
const airport = {
  table: 'airports',
  key: 'origin',
  fields: { city: 'string', elevation: 'number', hub: 'boolean' },
} as const;

function define(make: () => unknown): () => unknown {
  return make;
}

test('derived fields are grouped by and measured by the types that their functions give', () => {
  const pipeline = definePipeline({
    ...base,
    derive: {
      carrier: (event) => event.origin.slice(0, 2),
      is_late: (event) => event.delay > 15,
      hours: ({ delay }) => (delay < 0 ? null : delay / 60),
    },
    aggregates: {
      by_carrier: {
        groupBy: ['carrier', 'is_late', 'hours', 'origin'],
        window,
        metrics: {
          flights: count({
            where: ({ carrier, delay }: { carrier: string; delay: number }) => delay > carrier.length,
          }),
          hours: mean('hours'),
          delay: mean('delay'),
        },
      },
    },
  });
  expect(pipeline.derive.map(({ name }) => name)).toEqual(['carrier', 'is_late', 'hours']);
});

test('a derived field of another type, or one that there is not, does not compile', () => {
  const unknown = define(() =>
    definePipeline({
      ...base,
      derive: { carrier: (event) => event.origin.slice(0, 2) },
      // @ts-expect-error: neither the schema nor derive has 'carier'
      aggregates: { a: { groupBy: ['carier'], window, metrics: { flights: count() } } },
    }),
  );
  expect(unknown).toThrow(/groupBy\[0\]: names the field 'carier'.*; it has date, .*, carrier/);
  assertType<Pipeline>(
    definePipeline({
      ...base,
      derive: { carrier: (event) => event.origin.slice(0, 2) },
      aggregates: {
        a: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: 'carrier' is text
            mean: mean('carrier'),
          },
        },
      },
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      ...base,
      // @ts-expect-error: events have no 'flight'
      derive: { carrier: (event) => String(event.flight) },
      aggregates: { a: { groupBy: ['carrier'], window, metrics: { flights: count() } } },
    }),
  );
});

test('a derive that gives no plain value does not compile', () => {
  const aggregates = { a: { groupBy: [], window, metrics: { flights: count() } } } as const;
  assertType<Pipeline>(
    definePipeline({
      ...base,
      // @ts-expect-error: a list is no value to group by
      derive: {
        others: (event) => event.codes.slice(1),
      },
      aggregates,
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      ...base,
      // @ts-expect-error: it may be undefined; null says that there is none
      derive: {
        code: (event) => event.codes[0],
      },
      aggregates,
    }),
  );
  assertType<Pipeline>(
    definePipeline({
      ...base,
      // @ts-expect-error: a promise is no value
      derive: {
        code: async (event) => event.origin,
      },
      aggregates,
    }),
  );
});

test('looked-up fields are grouped by and measured by the types that are declared', () => {
  const pipeline = definePipeline({
    ...base,
    derive: { gate_area: ({ gate }) => gate?.slice(0, 1) ?? null },
    lookup: {
      airport: { ...airport, whenMissing: { city: 'unknown', elevation: null }, whenDown: { hub: false } },
      gate: {
        table: 'gates',
        key: 'gate_area',
        tableKey: 'area',
        fields: { walk: 'number' },
        whenMissing: 'reject',
      },
    },
    aggregates: {
      by_city: {
        groupBy: ['airport_city', 'airport_hub', 'airport_elevation', 'origin', 'gate_area'],
        window,
        metrics: {
          flights: count({
            where: ({ airport_hub }: { airport_hub: boolean | null }) => airport_hub === true,
          }),
          highest: max('airport_elevation'),
          walked: sum('gate_walk'),
          least: min('delay'),
        },
      },
    },
  });
  expect(pipeline.lookups.flatMap(({ fields }) => fields.map(({ name }) => name))).toEqual([
    'airport_city',
    'airport_elevation',
    'airport_hub',
    'gate_walk',
  ]);
});

test('a lookup by a field that there is not, or that is no key, does not compile', () => {
  const aggregates = { a: { groupBy: [], window, metrics: { flights: count() } } } as const;
  const unknown = define(() =>
    // @ts-expect-error: events have no 'destination'
    definePipeline({ ...base, lookup: { airport: { ...airport, key: 'destination' } }, aggregates }),
  );
  expect(unknown).toThrow(/lookup\.airport\.key: names the field 'destination'/);
  assertType<Pipeline>(
    // @ts-expect-error: a list is no key
    definePipeline({ ...base, lookup: { airport: { ...airport, key: 'codes' } }, aggregates }),
  );
});

test('a looked-up field that there is not, or of another type, does not compile', () => {
  const metrics = { flights: count() };
  const unknown = define(() =>
    definePipeline({
      ...base,
      lookup: { airport },
      // @ts-expect-error: the lookup has no field 'country'
      aggregates: { a: { groupBy: ['airport_country'], window, metrics } },
    }),
  );
  expect(unknown).toThrow(/groupBy\[0\]: names the field 'airport_country'/);
  assertType<Pipeline>(
    definePipeline({
      ...base,
      lookup: { airport },
      aggregates: {
        a: {
          groupBy: [],
          window,
          metrics: {
            // @ts-expect-error: 'airport_city' is text
            mean: mean('airport_city'),
          },
        },
      },
    }),
  );
});

test('defaults of another field, or of another type, do not compile, and do not load', () => {
  const aggregates = { a: { groupBy: [], window, metrics: { flights: count() } } } as const;
  const of = (lookup: () => unknown) => define(lookup);
  expect(
    of(() =>
      definePipeline({
        ...base,
        // @ts-expect-error: there is no field 'town'
        lookup: { airport: { ...airport, whenMissing: { town: 'unknown' } } },
        aggregates,
      }),
    ),
  ).toThrow(
    /lookup\.airport\.whenMissing\.town: is none of the fields looked up; there are city, elevation, hub/,
  );
  expect(
    of(() =>
      definePipeline({
        ...base,
        // @ts-expect-error: an elevation is a number
        lookup: { airport: { ...airport, whenDown: { elevation: 'high' } } },
        aggregates,
      }),
    ),
  ).toThrow(/lookup\.airport\.whenDown\.elevation: is 'high'; the field holds a number: give one, or null/);
});

test('without either, nothing is added: a field that the schema lacks is refused as before', () => {
  const refused = define(() =>
    definePipeline({
      ...base,
      // @ts-expect-error: there is no 'airport_city'
      aggregates: { a: { groupBy: ['airport_city'], window, metrics: { flights: sum('delay') } } },
    }),
  );
  expect(refused).toThrow(/groupBy\[0\]: names the field 'airport_city'/);
});
