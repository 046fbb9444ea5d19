import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, DefinitionError, definePipeline, max, mean, tumbling } from 'weir';
import * as z from 'zod';

const tellsNothing = { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } };

/** What a caller without types may pass. */
type Loose = Record<string, unknown>;

const good = {
  name: 'flights',
  schema: z.object({ date: z.string(), delay: z.number(), origin: z.string() }),
  eventTime: ({ date }: { date: string }) => date,
};
const goodAggregate = {
  groupBy: ['origin'],
  window: tumbling('1h'),
  metrics: { flights: count(), worst: max('delay') },
};

function problems(spec: unknown): string[] {
  try {
    definePipeline(spec as never);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    for (const { place, message } of error.problems)
      expect(error.message).toContain(`  ${place}: ${message}`);
    return error.problems.map(({ place, message }) => `${place}: ${message}`);
  }
  return [];
}

const withOption = (changes: Loose) => problems({ ...good, aggregates: { a: goodAggregate }, ...changes });
const withAggregate = (changes: Loose) =>
  problems({ ...good, aggregates: { a: { ...goodAggregate, ...changes } } });
const withMetrics = (metrics: unknown) => withAggregate({ metrics });

const generationOf = (changes: Loose = {}, name = 'a'): string => {
  const pipeline = definePipeline({
    ...good,
    aggregates: { [name]: { ...goodAggregate, ...changes } },
  } as never);
  const generation = pipeline.aggregates[0]?.generation;
  if (generation === undefined) throw new Error('a pipeline without aggregates');
  return generation;
};

describe('a definition without mistakes', () => {
  test('becomes a pipeline with everything that was left out', () => {
    const pipeline = definePipeline({ ...good, aggregates: { by_origin: goodAggregate } } as never);
    expect(pipeline).toMatchObject({
      name: 'flights',
      allowedLatenessMs: 3_600_000,
      maxAheadMs: 3_600_000,
      aggregates: [
        {
          name: 'by_origin',
          groupBy: ['origin'],
          window: { type: 'tumbling', sizeMs: 3_600_000, everyMs: 3_600_000 },
          levels: [{ sizeMs: 3_600_000, retentionMs: null }],
          groupsMax: 10_000,
          metrics: [
            { name: 'flights', kind: 'count', field: undefined, where: undefined, essential: false },
            { name: 'worst', kind: 'max', field: 'delay', where: undefined, essential: false },
          ],
        },
      ],
    });
  });

  test('has the levels of its window: its own first, then the roll-ups, each with what is kept of it', () => {
    const levels = (window: unknown) => {
      const aggregate = { ...goodAggregate, window };
      return definePipeline({ ...good, aggregates: { a: aggregate } } as never).aggregates[0]?.levels;
    };
    const HOUR = 3_600_000;
    expect(
      levels(tumbling('1h', { rollup: ['1d', '30d'], retention: { '1h': '90d', '720h': '3660d' } })),
    ).toEqual([
      { sizeMs: HOUR, everyMs: HOUR, retentionMs: 90 * 24 * HOUR },
      { sizeMs: 24 * HOUR, everyMs: 24 * HOUR, retentionMs: null },
      { sizeMs: 720 * HOUR, everyMs: 720 * HOUR, retentionMs: 3660 * 24 * HOUR },
    ]);
    expect(levels(tumbling('7d', { rollup: [] }))).toEqual([
      { sizeMs: 7 * 24 * HOUR, everyMs: 7 * 24 * HOUR, retentionMs: null },
    ]);
  });

  test('may have what is at the bounds', () => {
    const entries = (most: number, value: unknown) =>
      Object.fromEntries(Array.from({ length: most }, (_, i) => [`x${i}`, value]));
    expect(withOption({ name: `a${'-'.repeat(47)}`, allowedLateness: '0s', maxAhead: '3660d' })).toEqual([]);
    expect(withAggregate({ window: tumbling('1s'), groups: 1 })).toEqual([]);
    expect(withAggregate({ window: tumbling('366d'), groups: 100_000, groupBy: [] })).toEqual([]);
    expect(withOption({ aggregates: entries(50, goodAggregate) })).toEqual([]);
    expect(withMetrics(entries(50, count()))).toEqual([]);
  });
});

describe('each mistake is named with its place and remedy', () => {
  test.each<[string, () => string[], RegExp]>([
    [
      'a name with capitals',
      () => withOption({ name: 'Flights' }),
      /^name: is 'Flights'; use 1 to 48 small letters/,
    ],
    ['an empty name', () => withOption({ name: '' }), /^name: is ''; use /],
    ['a name of 49 letters', () => withOption({ name: 'a'.repeat(49) }), /^name: is /],
    ['a name that is a part of keys', () => withOption({ name: 'a|b' }), /^name: is 'a\|b'; use /],
    ['no name', () => withOption({ name: undefined }), /^name: is undefined; use /],
    [
      'an object for a name',
      () => withOption({ name: Object.create(null) }),
      /^name: is \(of type object\); use /,
    ],
    ['no schema', () => withOption({ schema: undefined }), /^schema: is no Standard Schema validator; give /],
    [
      'a JSON schema',
      () => withOption({ schema: { type: 'object' } }),
      /^schema: is no Standard Schema validator/,
    ],
    [
      'an event time by name',
      () => withOption({ eventTime: 'date' }),
      /^eventTime: is no function; give one .*=> event\.date/,
    ],
    [
      'a lateness in ms',
      () => withOption({ allowedLateness: 5 }),
      /^allowedLateness: .* is no duration; write /,
    ],
    [
      'a bigint as lateness',
      () => withOption({ allowedLateness: 5n }),
      /^allowedLateness: .* is no duration/,
    ],
    [
      'a week as maxAhead',
      () => withOption({ maxAhead: '1w' }),
      /^maxAhead: '1w' is no duration; write .*'1h'/,
    ],
    [
      'an unknown option',
      () => withOption({ windows: 1 }),
      /^windows: is no option; there are name, schema, /,
    ],
    [
      'no aggregates',
      () => withOption({ aggregates: undefined }),
      /^aggregates: has nothing in it; declare at least one/,
    ],
    ['empty aggregates', () => withOption({ aggregates: {} }), /^aggregates: has nothing in it/],
    [
      '51 aggregates',
      () =>
        withOption({
          aggregates: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, goodAggregate])),
        }),
      /^aggregates: has 51 entries; the most is 50, split the pipeline/,
    ],
    [
      'an aggregate that is none',
      () => withOption({ aggregates: { a: null } }),
      /^aggregates\.a: is no object; give groupBy/,
    ],
    [
      'an aggregate by a bad name',
      () => withOption({ aggregates: { 'a|b': goodAggregate } }),
      /^aggregates\.a\|b: has the name 'a\|b'; use 1 to 64 letters/,
    ],
    [
      'an unknown option of it',
      () => withAggregate({ group: [] }),
      /^aggregates\.a\.group: is no option; there are groupBy/,
    ],
    [
      'a groupBy that is text',
      () => withAggregate({ groupBy: 'origin' }),
      /^aggregates\.a\.groupBy: is no list; give /,
    ],
    [
      'a field that there is not',
      () => withAggregate({ groupBy: ['orign'] }),
      /groupBy\[0\]: names the field 'orign', .* it has date, delay, origin/,
    ],
    [
      'a number as a field',
      () => withAggregate({ groupBy: [1] }),
      /groupBy\[0\]: names 1 as a field; give a field's name/,
    ],
    [
      'an object as a field',
      () => withAggregate({ groupBy: [Object.create(null)] }),
      /names \(of type object\) as a field/,
    ],
    [
      'a field twice',
      () => withAggregate({ groupBy: ['origin', 'origin'] }),
      /groupBy: names a field twice; name each once/,
    ],
    [
      '11 fields',
      () =>
        withOption({
          schema: tellsNothing,
          aggregates: { a: { ...goodAggregate, groupBy: 'a b c d e f g h i j k'.split(' ') } },
        }),
      /groupBy: has 11 fields; the most is 10/,
    ],
    ['0 groups', () => withAggregate({ groups: 0 }), /groups: is 0; give a whole number from 1 to 100,000/],
    ['half a group', () => withAggregate({ groups: 1.5 }), /groups: is 1\.5; give /],
    ['too many groups', () => withAggregate({ groups: 100_001 }), /groups: is 100001; give /],
    ['groups as text', () => withAggregate({ groups: '5' }), /groups: is '5'; give /],
    ['no window', () => withAggregate({ window: undefined }), /window: is no window; give tumbling\('1h'\)/],
    [
      'a window of an unknown kind',
      () => withAggregate({ window: { type: 'sliding' } }),
      /window: is no window; give /,
    ],
    [
      'a window of no length',
      () => withAggregate({ window: tumbling('0s') }),
      /window: is '0s'; give '1s' to '366d'/,
    ],
    [
      'a window that is too short',
      () => withAggregate({ window: tumbling('999ms') }),
      /window: is '999ms'; give /,
    ],
    [
      'a window that is too long',
      () => withAggregate({ window: tumbling('367d') }),
      /window: is '367d'; give /,
    ],
    [
      'a window of rubbish',
      () => withAggregate({ window: tumbling('hourly') }),
      /window: 'hourly' is no duration; write /,
    ],
    [
      'a roll-up that is not made of whole windows',
      () => withAggregate({ window: tumbling('7h', { rollup: ['1d'] }) }),
      /window\.rollup\[0\]: is '1d'; give a multiple of '7h', and a larger one/,
    ],
    [
      'a roll-up of its own size',
      () => withAggregate({ window: tumbling('1h', { rollup: ['60m'] }) }),
      /rollup\[0\]: is '60m'; give a multiple of '1h', and a larger one/,
    ],
    [
      'roll-ups that are not made of each other',
      () => withAggregate({ window: tumbling('1h', { rollup: ['1d', '36h'] }) }),
      /rollup\[1\]: is '36h'; give a multiple of '1d', and a larger one/,
    ],
    [
      'roll-ups in a wrong order',
      () => withAggregate({ window: tumbling('1h', { rollup: ['2d', '1d'] }) }),
      /rollup\[1\]: is '1d'; give a multiple of '2d'/,
    ],
    [
      'a roll-up that is too long',
      () => withAggregate({ window: tumbling('1d', { rollup: ['367d'] }) }),
      /rollup\[0\]: is '367d'; give '1s' to '366d'/,
    ],
    [
      'a roll-up that is no list',
      () => withAggregate({ window: { ...tumbling('1h'), rollup: '1d' } }),
      /rollup: is '1d'; give a list of up to 5 sizes, e\.g\. \['1d', '30d'\]/,
    ],
    [
      'more roll-ups than there may be',
      () => withAggregate({ window: tumbling('1s', { rollup: ['2s', '4s', '8s', '16s', '32s', '64s'] }) }),
      /rollup: is .*; give a list of up to 5 sizes/,
    ],
    [
      'a retention of windows that there are not',
      () => withAggregate({ window: tumbling('1h', { rollup: ['1d'], retention: { '2h': '90d' } }) }),
      /window\.retention: names windows of '2h'; there are '1h', '1d'/,
    ],
    [
      'a retention that is shorter than its windows',
      () => withAggregate({ window: tumbling('1h', { retention: { '1h': '59m' } }) }),
      /window\.retention\.1h: is '59m'; give '1h' to /,
    ],
    [
      'a retention that is none',
      () => withAggregate({ window: tumbling('1h', { retention: { '1h': 'long' } }) }),
      /window\.retention\.1h: 'long' is no duration/,
    ],
    [
      'a retention of no size',
      () => withAggregate({ window: { ...tumbling('1h'), retention: '90d' } }),
      /window\.retention: is '90d'; give durations by window size, e\.g\. \{ '1h': '90d' \}/,
    ],
    [
      'an option of windows that there is not',
      () => withAggregate({ window: { ...tumbling('1h'), rollups: ['1d'] } }),
      /window\.rollups: is no option; there are type, size, rollup, retention/,
    ],
    ['no metrics', () => withMetrics({}), /metrics: has nothing in it; declare at least one/],
    [
      'a metric that is none',
      () => withMetrics({ m: { kind: 'median' } }),
      /metrics\.m: is no metric; give one of count\(…\), /,
    ],
    ['a metric that is null', () => withMetrics({ m: null }), /metrics\.m: is no metric/],
    [
      'a metric without a field',
      () => withMetrics({ m: { kind: 'mean' } }),
      /metrics\.m: names undefined as a field; give /,
    ],
    [
      'a metric of an unknown field',
      () => withMetrics({ m: mean('dely') }),
      /metrics\.m: names the field 'dely', .* it has date, delay, origin/,
    ],
    [
      'a metric by a bad name',
      () => withMetrics({ 'p-95': count() }),
      /metrics\.p-95: has the name 'p-95'; use 1 to 64/,
    ],
    [
      'a metric called as a column',
      () => withMetrics({ windowStart: count() }),
      /metrics\.windowStart: has a name that answers/,
    ],
    [
      'a where that is none',
      () => withMetrics({ m: { kind: 'count', where: true } }),
      /metrics\.m\.where: is no function; give /,
    ],
  ])('%s', (_, define, message) => {
    const found = define();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test.each([[undefined], [null], [5], ['flights'], [Symbol('x')]])(
    'a definition that is no object: %s',
    (spec) => {
      expect(problems(spec)).toEqual([
        'definePipeline: takes one object with name, schema, eventTime and aggregates',
      ]);
    },
  );

  test('all at once', () => {
    const found = problems({
      name: 'Flights',
      schema: good.schema,
      eventTime: undefined,
      aggregates: {
        a: { groupBy: ['orign'], window: tumbling('x'), metrics: { m: mean('dely'), n: mean('delay') } },
        b: { groupBy: [], window: tumbling('1h'), metrics: {} },
      },
    });
    expect(found.map((problem) => problem.split(': ')[0])).toEqual([
      'name',
      'eventTime',
      'aggregates.a.groupBy[0]',
      'aggregates.a.metrics.m',
      'aggregates.a.window',
      'aggregates.b.metrics',
    ]);
    expect(() => definePipeline({ ...good, name: 'F', aggregates: {} } as never)).toThrow(
      /^the definition of pipeline 'F' has mistakes:\n {2}name: is 'F';.*\n {2}aggregates: has nothing/,
    );
  });

  test('nothing that is passed makes it throw another error', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true });
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom('name', 'schema', 'eventTime', 'allowedLateness', 'aggregates'),
        (value, key) => {
          expect(Array.isArray(withOption({ [key]: value }))).toBe(true);
        },
      ),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('groupBy', 'window', 'metrics', 'groups'), (value, key) => {
        expect(Array.isArray(withAggregate({ [key]: value }))).toBe(true);
      }),
    );
    fc.assert(fc.property(anything, (value) => Array.isArray(withMetrics({ m: value }))));
  });
});

describe('fields are checked where the schema tells them', () => {
  const other = { groupBy: ['other'] };
  const knows = (schema: unknown) =>
    problems({ ...good, schema, aggregates: { a: { ...goodAggregate, ...other } } }).length > 0;
  const shape = { date: z.string(), delay: z.number(), origin: z.string() };

  test.each<[string, unknown, boolean]>([
    ['z.object', z.object(shape), true],
    ['z.strictObject', z.strictObject(shape), true],
    ['z.object with a refinement', z.object(shape).refine(() => true), true],
    ['z.looseObject lets others through', z.looseObject(shape), false],
    ['a catchall lets others through', z.object(shape).catchall(z.string()), false],
    ['a transform may add some', z.object(shape).transform((event) => ({ ...event, other: 'x' })), false],
    ['entries, as valibot has them', { ...tellsNothing, type: 'object', entries: shape }, true],
    ['loose entries', { ...tellsNothing, type: 'loose_object', entries: shape }, false],
    ['entries and a rest', { ...tellsNothing, type: 'object_with_rest', entries: shape, rest: {} }, false],
    ['entries and a pipe', { ...tellsNothing, type: 'object', entries: shape, pipe: [{}, {}] }, false],
    ['a schema that tells nothing', tellsNothing, false],
    ['a function, as arktype has them', Object.assign(() => {}, tellsNothing), false],
  ])('%s', (_, schema, expected) => {
    expect(knows(schema)).toBe(expected);
  });
});

describe('the generation', () => {
  const hourly = generationOf();

  test('is 13 letters and digits, the same for the same definition, today and in other versions', () => {
    expect(hourly).toMatch(/^[0-9a-z]{13}$/);
    expect(generationOf()).toBe(hourly);
    // Blocks in users' tables are found by it.
    expect(hourly).toBe('0k9315brb0py7');
  });

  test('does not change with what does not change the meaning of the numbers', () => {
    const { flights, worst } = goodAggregate.metrics;
    expect(generationOf({ metrics: { worst, flights } })).toBe(hourly);
    expect(generationOf({ groups: 5 })).toBe(hourly);
    expect(generationOf({ window: tumbling('60m') })).toBe(hourly);
    expect(generationOf({}, 'another_name')).toBe(hourly);
    expect(generationOf({ window: tumbling('1h', { rollup: ['1d'], retention: { '1h': '90d' } }) })).toBe(
      hourly,
    );
    const late = (limit: number) => ({ metrics: { flights: count({ where: () => limit > 0 }) } });
    expect(generationOf(late(1))).toBe(generationOf(late(2)));
    const some = (limit: number) => ({ where: () => limit > 0 });
    expect(generationOf(some(1))).toBe(generationOf(some(2)));
  });

  test('changes with everything that does', () => {
    const { flights, worst } = goodAggregate.metrics;
    const others = [
      generationOf({ groupBy: [] }),
      generationOf({ groupBy: ['date'] }),
      generationOf({ groupBy: ['origin', 'date'] }),
      generationOf({ groupBy: ['date', 'origin'] }),
      generationOf({ where: () => true }),
      generationOf({ window: tumbling('2h') }),
      generationOf({ metrics: { flights } }),
      generationOf({ metrics: { flights, worst, w: max('delay') } }),
      generationOf({ metrics: { flights, worst: mean('delay') } }),
      generationOf({ metrics: { flights, worst: max('date') } }),
      generationOf({ metrics: { flights, worst_delay: worst } }),
      generationOf({ metrics: { flights: worst, worst: flights } }),
      generationOf({ metrics: { flights, worst: max('delay', { where: () => true }) } }),
    ];
    expect(new Set([hourly, ...others]).size).toBe(others.length + 1);
  });
});
