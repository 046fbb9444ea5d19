import { expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';
import { lookedUpFrom } from '#core/enrich/looked-up.ts';
import type { Lookup } from '#core/pipeline/pipeline.ts';

function lookupOf(options: object = {}): Lookup {
  const pipeline = definePipeline({
    name: 'flights',
    schema: z.object({ origin: z.string() }),
    eventTime: () => 0,
    lookup: {
      airport: {
        table: 'airports',
        key: 'origin',
        fields: { city: 'string', elevation: 'number', hub: 'boolean' },
        ...options,
      },
    },
    aggregates: { a: { groupBy: [], window: tumbling('1h'), metrics: { n: count() } } },
  });
  const [lookup] = pipeline.lookups;
  if (lookup === undefined) throw new Error('a pipeline without lookups');
  return lookup;
}

test('an entry’s fields go by the lookup’s name and theirs', () => {
  expect(lookedUpFrom(lookupOf(), { city: 'Oslo', elevation: 3, hub: false, more: 1 })).toEqual({
    values: { airport_city: 'Oslo', airport_elevation: 3, airport_hub: false },
    isWhole: true,
  });
});

test('a text is as long as a value to group by may be', () => {
  const city = 'x'.repeat(1024);
  expect(lookedUpFrom(lookupOf(), { city, elevation: 3, hub: true }).values).toMatchObject({
    airport_city: city,
  });
});

test('null is a value', () => {
  expect(lookedUpFrom(lookupOf(), { city: null, elevation: null, hub: null })).toEqual({
    values: { airport_city: null, airport_elevation: null, airport_hub: null },
    isWhole: true,
  });
});

test.each<[string, Record<string, unknown>]>([
  ['not there', { elevation: 3, hub: true }],
  ['of another type', { city: 5, elevation: 3, hub: true }],
  ['no plain value', { city: undefined, elevation: 3, hub: true }],
  ['longer than a value to group by', { city: 'x'.repeat(1025), elevation: 3, hub: true }],
])('a field that is %s is as whenMissing has it, or null, and is told', (_, entry) => {
  const nulls = { values: { airport_city: null, airport_elevation: 3, airport_hub: true }, isWhole: false };
  expect(lookedUpFrom(lookupOf(), entry)).toEqual(nulls);
  expect(lookedUpFrom(lookupOf({ whenMissing: 'reject' }), entry)).toEqual(nulls);
  expect(lookedUpFrom(lookupOf({ whenMissing: { city: 'unknown' } }), entry)).toEqual({
    values: { ...nulls.values, airport_city: 'unknown' },
    isWhole: false,
  });
});

test('a number that is not finite is none; what every object inherits is no attribute', () => {
  expect(
    lookedUpFrom(lookupOf(), { city: 'Oslo', elevation: Number.POSITIVE_INFINITY, hub: true }),
  ).toMatchObject({
    values: { airport_elevation: null },
    isWhole: false,
  });
  const inherits = lookupOf({ fields: { constructor: 'string' } });
  expect(lookedUpFrom(inherits, {})).toEqual({ values: { airport_constructor: null }, isWhole: false });
});
