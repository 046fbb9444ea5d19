import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, tumbling } from 'weir';
import * as z from 'zod';
import type { Lookup, Pipeline } from '#core/pipeline/pipeline.ts';

const tellsNothing = { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } };

const good = {
  name: 'flights',
  schema: z.object({ date: z.string(), delay: z.number(), origin: z.string() }),
  eventTime: ({ date }: { date: string }) => date,
  aggregates: { a: { groupBy: ['origin'], window: tumbling('1h'), metrics: { flights: count() } } },
};
const airport = { table: 'airports', key: 'origin', fields: { city: 'string', metres: 'number' } };

/** What a caller without types may pass. */
const define = (changes: object): Pipeline => definePipeline({ ...good, ...changes } as never);

function problems(changes: object): string[] {
  try {
    define(changes);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.problems.map(({ place, message }) => `${place}: ${message}`);
  }
  return [];
}

const withLookup = (changes: object) => problems({ lookup: { airport: { ...airport, ...changes } } });

function lookupOf(changes: object = {}): Lookup {
  const [lookup] = define({ lookup: { airport: { ...airport, ...changes } } }).lookups;
  if (lookup === undefined) throw new Error('a pipeline without lookups');
  return lookup;
}

describe('a definition without mistakes', () => {
  test('has neither derived nor looked-up fields unless said', () => {
    expect(define({})).toMatchObject({ derive: [], lookups: [] });
  });

  test('becomes a pipeline with everything that was left out', () => {
    expect(lookupOf()).toEqual({
      name: 'airport',
      table: 'airports',
      tableKey: 'origin',
      key: 'origin',
      fields: [
        { attribute: 'city', name: 'airport_city', type: 'string' },
        { attribute: 'metres', name: 'airport_metres', type: 'number' },
      ],
      ttlMs: 600_000,
      staleMaxMs: 3_600_000,
      entriesMax: 10_000,
      whenMissing: { airport_city: null, airport_metres: null },
      whenDown: 'wait',
      localFile: undefined,
    });
    expect(lookupOf({ whenMissing: 'null', whenDown: 'wait' })).toEqual(lookupOf());
    // What is stale must not be younger than what is fresh.
    expect(lookupOf({ ttl: '2h' })).toMatchObject({ ttlMs: 7_200_000, staleMaxMs: 7_200_000 });
  });

  test('may say all of it', () => {
    const all = {
      tableKey: 'iata',
      ttl: '1s',
      staleMax: '7d',
      cacheMax: 1_000_000,
      whenMissing: { city: 'unknown' },
      whenDown: { metres: 0, city: null },
      localFile: 'airports.csv',
    };
    expect(lookupOf(all)).toMatchObject({
      tableKey: 'iata',
      ttlMs: 1000,
      staleMaxMs: 604_800_000,
      entriesMax: 1_000_000,
      whenMissing: { airport_city: 'unknown', airport_metres: null },
      whenDown: { airport_city: null, airport_metres: 0 },
      localFile: 'airports.csv',
    });
    expect(lookupOf({ whenMissing: 'reject' }).whenMissing).toBe('reject');
  });

  test('may look up by what it derives, and group by both', () => {
    const pipeline = define({
      derive: { area: ({ origin }: { origin: string }) => origin.slice(0, 1) },
      lookup: { region: { ...airport, key: 'area' } },
      aggregates: { a: { ...good.aggregates.a, groupBy: ['area', 'region_city'] } },
    });
    expect(pipeline.aggregates[0]?.groupBy).toEqual(['area', 'region_city']);
  });
});

describe('each mistake is named with its place and remedy', () => {
  test.each<[string, () => string[], RegExp]>([
    [
      'derive that is none',
      () => problems({ derive: 5 }),
      /^derive: has nothing in it; declare at least one/,
    ],
    [
      'a derived field that is no function',
      () => problems({ derive: { x: 'origin' } }),
      /^derive\.x: is no function; give one from an event to a string, number, boolean or null/,
    ],
    [
      'a derived field by a bad name',
      () => problems({ derive: { 'a-b': () => 1 } }),
      /^derive\.a-b: has the name 'a-b'; use 1 to 64/,
    ],
    [
      'a derived field called as one of the schema',
      () => problems({ derive: { origin: () => 'x' } }),
      /^derive\.origin: has the name of a field of the schema; choose another/,
    ],
    [
      '51 derived fields',
      () =>
        problems({ derive: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`x${i}`, () => 1])) }),
      /^derive: has 51 entries; the most is 50/,
    ],
    ['lookup that is none', () => problems({ lookup: {} }), /^lookup: has nothing in it/],
    [
      'a lookup that is none',
      () => problems({ lookup: { a: 'airports' } }),
      /^lookup\.a: is no object; give table, key/,
    ],
    ['a bad name', () => problems({ lookup: { 'a b': airport } }), /^lookup\.a b: has the name 'a b'/],
    [
      'an unknown option',
      () => withLookup({ cache: 5 }),
      /^lookup\.airport\.cache: is no option; there are table, /,
    ],
    [
      'no table',
      () => withLookup({ table: undefined }),
      /^lookup\.airport\.table: is undefined; give a DynamoDB table/,
    ],
    ['a table that can’t be', () => withLookup({ table: 'a b' }), /^lookup\.airport\.table: is 'a b'; give /],
    [
      'a key that there is not',
      () => withLookup({ key: 'orign' }),
      /^lookup\.airport\.key: names the field 'orign', which the schema does not have; it has date, delay, origin/,
    ],
    [
      'an empty key of the table',
      () => withLookup({ tableKey: '' }),
      /tableKey: is ''; name the table's partition key/,
    ],
    ['no fields', () => withLookup({ fields: {} }), /^lookup\.airport\.fields: has nothing in it/],
    [
      'a list of fields',
      () => withLookup({ fields: ['city'] }),
      /fields\.0: is 'city'; give what it holds: 'string'/,
    ],
    [
      'a field of no type',
      () => withLookup({ fields: { a: 'date' } }),
      /fields\.a: is 'date'; give what it holds/,
    ],
    [
      'a field whose name can’t be',
      () => withLookup({ fields: { 'a-b': 'string' } }),
      /has the name 'airport_a-b'/,
    ],
    [
      'a ttl of nothing',
      () => withLookup({ ttl: '0s' }),
      /^lookup\.airport\.ttl: is '0s'; give '1s' to '7d'/,
    ],
    ['a ttl of rubbish', () => withLookup({ ttl: 5 }), /^lookup\.airport\.ttl: .* is no duration/],
    [
      'a staleMax below the ttl',
      () => withLookup({ ttl: '5m', staleMax: '4m' }),
      /staleMax: is '4m'; give '5m' to '7d'/,
    ],
    [
      'half an entry',
      () => withLookup({ cacheMax: 0.5 }),
      /cacheMax: is 0\.5; give a whole number from 1 to 1,000,000/,
    ],
    [
      'a word',
      () => withLookup({ whenMissing: 'drop' }),
      /whenMissing: is 'drop'; give 'null', 'reject' or an object/,
    ],
    [
      'another word',
      () => withLookup({ whenDown: 'reject' }),
      /whenDown: is 'reject'; give 'wait' or an object/,
    ],
    [
      'a default of another field',
      () => withLookup({ whenMissing: { airport_city: 'x' } }),
      /whenMissing\.airport_city: is none of the fields looked up; there are city, metres/,
    ],
    [
      'a default of another type',
      () => withLookup({ whenDown: { metres: Number.NaN } }),
      /whenDown\.metres: is NaN; the field holds a number: give one, or null/,
    ],
    ['a file that is none', () => withLookup({ localFile: 5 }), /localFile: is 5; give a file's path/],
    [
      'a field that the schema has too',
      () =>
        problems({
          schema: z.object({ date: z.string(), origin: z.string(), airport_city: z.string() }),
          lookup: { airport },
        }),
      /^lookup\.airport\.fields\.city: becomes the field 'airport_city', which events have already; rename/,
    ],
    [
      'a field that is derived too',
      () => problems({ schema: tellsNothing, derive: { airport_city: () => 'x' }, lookup: { airport } }),
      /^lookup\.airport\.fields\.city: becomes the field 'airport_city'/,
    ],
    [
      'a field that another lookup gives',
      () =>
        problems({
          lookup: {
            a: { ...airport, fields: { b_c: 'string' } },
            a_b: { ...airport, fields: { c: 'string' } },
          },
        }),
      /^lookup\.a_b\.fields\.c: becomes the field 'a_b_c'/,
    ],
    [
      'a group-by of a field that is not looked up',
      () =>
        problems({
          lookup: { airport },
          aggregates: { a: { ...good.aggregates.a, groupBy: ['airport_name'] } },
        }),
      /names the field 'airport_name', .* it has date, delay, origin, airport_city, airport_metres$/,
    ],
  ])('%s', (_, find, message) => {
    const found = find();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test('nothing that is passed makes it throw another error', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true });
    const option = fc.constantFrom(
      'table',
      'key',
      'tableKey',
      'fields',
      'ttl',
      'cacheMax',
      'whenMissing',
      'whenDown',
    );
    fc.assert(
      fc.property(anything, option, (value, key) => {
        expect(Array.isArray(withLookup({ [key]: value }))).toBe(true);
        expect(Array.isArray(problems({ lookup: { a: value } }))).toBe(true);
        expect(Array.isArray(problems({ derive: value, lookup: value }))).toBe(true);
      }),
    );
  });
});

test('the generation is of names: what a function computes and what a table has are not part of it', () => {
  const generations = (changes: object) => define(changes).aggregates.map(({ generation }) => generation);
  const by = (field: string) => ({ a: { ...good.aggregates.a, groupBy: [field] } });
  const one = generations({ derive: { x: () => 1 }, aggregates: by('x') });
  expect(generations({ derive: { x: () => 2 }, aggregates: by('x') })).toEqual(one);
  expect(generations({ derive: { y: () => 1 }, aggregates: by('y') })).not.toEqual(one);
  const looked = generations({ lookup: { airport }, aggregates: by('airport_city') });
  expect(
    generations({ lookup: { airport: { ...airport, table: 'others' } }, aggregates: by('airport_city') }),
  ).toEqual(looked);
  expect(generations({ lookup: { port: airport }, aggregates: by('port_city') })).not.toEqual(looked);
});
