import { describe, expect, test } from 'vitest';
import { Lookups } from '#app/enrich/lookups.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { airportPipeline, cities, countsOf, DOWN, FakeReferenceData, flightFrom } from './airports.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = () => false;

/** Lookups on a clock that the test sets. */
function worldOf(options: object = {}, others: object = {}) {
  const data = new FakeReferenceData();
  const clock = { now: 1_000_000 };
  const lookups = new Lookups(airportPipeline(options, others), data, () => clock.now);
  const enrich = (...origins: unknown[]) => lookups.enrich(origins.map(flightFrom), never);
  return { data, clock, lookups, enrich };
}

describe('events', () => {
  test('get the fields of their entries, in their order; each key is read once', async () => {
    const { data, enrich } = worldOf();
    const events = await enrich('OSL', 'BGO', 'OSL', 'TRD', 'BGO');
    expect(events.map(({ outcome }) => outcome)).toEqual(
      [
        ['OSL', 'Oslo', 208],
        ['BGO', 'Bergen', 52],
        ['OSL', 'Oslo', 208],
        ['TRD', 'Trondheim', 17],
        ['BGO', 'Bergen', 52],
      ].map(([origin, airport_city, airport_metres]) => ({
        event: { origin, delay: 1, airport_city, airport_metres },
        time: 0,
      })),
    );
    expect(countsOf(events)).toEqual({ missing: 0, stale: 0, degraded: 0 });
    expect(data.calls).toEqual([['OSL', 'BGO', 'TRD']]);
    expect(data.sources[0]).toEqual({
      table: 'airports',
      tableKey: 'origin',
      attributes: ['city', 'metres'],
    });
  });

  test('keep what they came with: the event that was given has no new field', async () => {
    const { lookups } = worldOf();
    const came = flightFrom('OSL');
    await lookups.enrich([came], never);
    expect(came.event).toEqual({ origin: 'OSL', delay: 1 });
  });

  test('that were rejected before are passed on, and nothing is read for them', async () => {
    const { data, lookups } = worldOf();
    const rejected = { reason: 'schema', detail: 'bad' } as const;
    expect(await lookups.enrich([rejected], never)).toMatchObject([{ outcome: rejected }]);
    expect(data.calls).toEqual([]);
  });

  test('may be looked up by several fields, each in a table of its own', async () => {
    const { data, enrich } = worldOf(
      {},
      { delays: { table: 'delays', key: 'delay', tableKey: 'minutes', fields: { word: 'string' } } },
    );
    data.entries.set('1', { word: 'short' });
    const [event] = await enrich('OSL');
    expect(event?.outcome).toMatchObject({ event: { airport_city: 'Oslo', delays_word: 'short' } });
    expect(data.sources.map(({ table, tableKey }) => [table, tableKey])).toEqual([
      ['airports', 'origin'],
      ['delays', 'minutes'],
    ]);
  });
});

describe('many keys', () => {
  test('are read a hundred a call, four calls at a time', async () => {
    const { data, enrich } = worldOf();
    data.before = () => new Promise((resolve) => setImmediate(resolve));
    const origins = Array.from({ length: 1050 }, (_, i) => `A${i}`);
    await enrich(...origins, ...origins);
    expect(data.calls.map(({ length }) => length)).toEqual([...Array(10).fill(100), 50]);
    expect(data.keysRead.toSorted()).toEqual(origins.toSorted());
    expect(data.atATime).toBe(4);
  });

  test('that others are reading already are not read twice', async () => {
    const { data, enrich } = worldOf();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    data.before = () => answered;
    const both = Promise.all([enrich('OSL', 'BGO'), enrich('BGO', 'TRD')]);
    answer();
    expect((await both).map(cities)).toEqual([
      ['Oslo', 'Bergen'],
      ['Bergen', 'Trondheim'],
    ]);
    expect(data.calls).toEqual([['OSL', 'BGO'], ['TRD']]);
  });

  test('that DynamoDB would refuse are not asked for: they stop no others', async () => {
    const { data, enrich } = worldOf();
    const events = await enrich('', 'x'.repeat(3000), '\ud800', '\udc00', 'OSL', null, true, {});
    expect(cities(events)).toEqual([null, null, null, null, 'Oslo', null, null, null]);
    expect(countsOf(events)).toEqual({ missing: 7, stale: 0, degraded: 0 });
    expect(data.calls).toEqual([['OSL']]);
  });
});

describe('what was read', () => {
  test('is remembered for the ttl, and then read again', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '10m' });
    await enrich('OSL');
    data.entries.set('OSL', { city: 'Kristiania', metres: 208 });
    clock.now += 10 * MINUTE - 1;
    expect(cities(await enrich('OSL'))).toEqual(['Oslo']);
    expect(data.calls).toHaveLength(1);
    clock.now += 1;
    const events = await enrich('OSL');
    expect(cities(events)).toEqual(['Kristiania']);
    expect(countsOf(events)).toEqual({ missing: 0, stale: 0, degraded: 0 });
    expect(data.calls).toHaveLength(2);
  });

  test('is also that there is no entry, for a minute at most', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '10m' });
    const events = await enrich('NEW', 'NEW');
    expect(cities(events)).toEqual([null, null]);
    expect(countsOf(events)).toEqual({ missing: 2, stale: 0, degraded: 0 });
    data.entries.set('NEW', { city: 'Newtown', metres: 1 });
    clock.now += MINUTE - 1;
    expect(cities(await enrich('NEW'))).toEqual([null]);
    expect(data.calls).toHaveLength(1);
    clock.now += 1;
    expect(cities(await enrich('NEW'))).toEqual(['Newtown']);
  });

  test('is counted from the beginning of the call that read it', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '1m' });
    data.before = async () => {
      clock.now += MINUTE - 1;
    };
    await enrich('OSL');
    data.before = async () => {};
    expect(cities(await enrich('OSL'))).toEqual(['Oslo']);
    expect(data.calls).toHaveLength(1);
    clock.now += 1;
    await enrich('OSL');
    expect(data.calls).toHaveLength(2);
  });

  test('is bounded: the entries that were used longest ago go', async () => {
    const { data, enrich } = worldOf({ cacheMax: 2 });
    await enrich('OSL', 'BGO');
    await enrich('OSL');
    expect(data.calls).toHaveLength(1);
    // More than is kept is answered all the same.
    expect(cities(await enrich('OSL', 'BGO', 'TRD'))).toEqual(['Oslo', 'Bergen', 'Trondheim']);
    await enrich('TRD');
    expect(data.keysRead).toEqual(['OSL', 'BGO', 'TRD']);
    await enrich('OSL');
    expect(data.keysRead).toEqual(['OSL', 'BGO', 'TRD', 'OSL']);
  });
});

describe('a key without an entry', () => {
  test('gives nulls unless said', async () => {
    const events = await worldOf().enrich('NEW');
    expect(events).toMatchObject([{ outcome: { event: { airport_city: null, airport_metres: null } } }]);
  });

  test('gives the values that whenMissing names', async () => {
    const { enrich } = worldOf({ whenMissing: { city: 'unknown' } });
    const events = await enrich('NEW', null);
    expect(events).toMatchObject([
      { outcome: { event: { airport_city: 'unknown', airport_metres: null } } },
      { outcome: { event: { airport_city: 'unknown', airport_metres: null } } },
    ]);
    expect(countsOf(events)).toEqual({ missing: 2, stale: 0, degraded: 0 });
  });

  test('makes the event invalid where whenMissing says so, and says which; others count', async () => {
    const { enrich } = worldOf({ whenMissing: 'reject' });
    const events = await enrich('NEW', 'OSL', null);
    expect(cities(events)).toEqual(['lookup', 'Oslo', 'lookup']);
    expect(events[0]?.outcome).toEqual({
      reason: 'lookup',
      detail:
        "lookup.airport: the table 'airports' has no entry under the event's 'origin'; add it and send the event again",
    });
  });

  test('an entry that lacks a field counts as missing, too', async () => {
    const { data, enrich } = worldOf({ whenMissing: 'reject' });
    data.entries.set('OSL', { city: 'Oslo', metres: 'high' });
    const events = await enrich('OSL');
    expect(events).toMatchObject([{ outcome: { event: { airport_city: 'Oslo', airport_metres: null } } }]);
    expect(countsOf(events)).toEqual({ missing: 1, stale: 0, degraded: 0 });
  });
});

describe('a table that is down', () => {
  test('is waited for, unless said: nothing is made up', async () => {
    const { data, enrich } = worldOf();
    data.failure = DOWN;
    await expect(enrich('OSL')).rejects.toBe(DOWN);
    data.failure = undefined;
    expect(cities(await enrich('OSL'))).toEqual(['Oslo']);
  });

  test('does not stop what is in memory, and up to staleMax what is beyond its ttl', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '10m', staleMax: '1h' });
    await enrich('OSL', 'NEW');
    data.failure = DOWN;
    expect(countsOf(await enrich('OSL'))).toEqual({ missing: 0, stale: 0, degraded: 0 });
    clock.now += HOUR - 1;
    const events = await enrich('OSL', 'NEW');
    expect(cities(events)).toEqual(['Oslo', null]);
    expect(countsOf(events)).toEqual({ missing: 0, stale: 2, degraded: 0 });
    await expect(enrich('OSL', 'BGO')).rejects.toBe(DOWN);
    clock.now += 1;
    await expect(enrich('OSL')).rejects.toBe(DOWN);
  });

  test('gives the values that whenDown names, and they are not remembered', async () => {
    const { data, clock, enrich } = worldOf({ whenDown: { city: 'unknown' } });
    data.failure = DOWN;
    const events = await enrich('OSL', 'OSL');
    expect(events[0]?.outcome).toMatchObject({ event: { airport_city: 'unknown', airport_metres: null } });
    expect(countsOf(events)).toEqual({ missing: 0, stale: 0, degraded: 2 });
    data.failure = undefined;
    clock.now += 10_000;
    expect(cities(await enrich('OSL'))).toEqual(['Oslo']);
  });

  test('is left alone for ten seconds where there is another answer, and asked at once where there is none', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '10m' });
    await enrich('OSL');
    clock.now += 10 * MINUTE;
    data.failure = DOWN;
    expect(countsOf(await enrich('OSL'))).toMatchObject({ stale: 1 });
    const asked = data.calls.length;
    clock.now += 9_999;
    expect(countsOf(await enrich('OSL'))).toMatchObject({ stale: 1 });
    expect(data.calls).toHaveLength(asked);
    await expect(enrich('OSL', 'BGO')).rejects.toBe(DOWN);
    expect(data.calls.at(-1)).toEqual(['BGO']);
    clock.now += 10_000;
    data.failure = undefined;
    expect(countsOf(await enrich('OSL'))).toEqual({ missing: 0, stale: 0, degraded: 0 });
  });

  test('does not stop what is in memory either where entries that are read meanwhile push it out', async () => {
    const { clock, data, enrich } = worldOf({ ttl: '1m', cacheMax: 1 });
    await enrich('OSL');
    data.failure = DOWN;
    clock.now += 2 * MINUTE;
    expect(cities(await enrich('OSL'))).toEqual(['Oslo']);
    data.failure = undefined;
    // Left alone for OSL, and asked for BGO, which there is nothing else to say of.
    const events = await enrich('OSL', 'BGO');
    expect(data.calls.at(-1)).toEqual(['BGO']);
    expect(cities(events)).toEqual(['Oslo', 'Bergen']);
    expect(countsOf(events)).toEqual({ missing: 0, stale: 1, degraded: 0 });
  });

  test('that answers again is asked again, for the others as well', async () => {
    const { data, clock, enrich } = worldOf({ ttl: '10m' });
    await enrich('OSL');
    clock.now += 10 * MINUTE;
    data.failure = DOWN;
    await enrich('OSL');
    data.failure = undefined;
    await enrich('BGO');
    expect(countsOf(await enrich('OSL'))).toEqual({ missing: 0, stale: 0, degraded: 0 });
  });

  test('is not asked for all keys once it has failed: each call may take seconds', async () => {
    const { data, enrich } = worldOf();
    data.failure = DOWN;
    await expect(enrich(...Array.from({ length: 2000 }, (_, i) => `A${i}`))).rejects.toBe(DOWN);
    expect(data.calls.length).toBeLessThanOrEqual(4);
  });

  test('that is slow is not waited for beyond the time of the invocation', async () => {
    const { data, lookups } = worldOf();
    let calls = 0;
    const origins = Array.from({ length: 2000 }, (_, i) => flightFrom(`A${i}`));
    const slow = lookups.enrich(origins, () => ++calls > 6);
    await expect(slow).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'reference_data',
      failure: 'unavailable',
      message: expect.stringMatching(/airports: the time of the invocation was nearly up/),
    });
    expect(data.calls).toHaveLength(6);
    // What was read is not lost for the next attempt.
    await lookups.enrich(origins.slice(0, 600), never);
    expect(data.calls).toHaveLength(6);
  });

  test('is another thing than time that went elsewhere: one call is made, and nothing is made up for the others', async () => {
    const { clock, data, lookups } = worldOf({ ttl: '1m', whenDown: { city: 'unknown' } });
    const up = () => true;
    await lookups.enrich([flightFrom('OSL')], never);
    clock.now += 2 * MINUTE;
    expect(cities(await lookups.enrich([flightFrom('OSL'), flightFrom('BGO')], up))).toEqual([
      'Oslo',
      'Bergen',
    ]);
    const many = Array.from({ length: 150 }, (_, i) => flightFrom(`A${i}`));
    await expect(lookups.enrich(many, up)).rejects.toMatchObject({ dependency: 'reference_data' });
    expect(data.calls.map(({ length }) => length)).toEqual([1, 2, 100]);
    data.failure = DOWN;
    const last = [flightFrom('A149')];
    expect(cities(await lookups.enrich(last, up))).toEqual(['unknown']);
  });

  test('is another thing than a bug, which is passed on', async () => {
    const { data, enrich } = worldOf({ whenDown: { city: 'unknown' } });
    data.before = () => Promise.reject(new TypeError('bug'));
    await expect(enrich('OSL')).rejects.toThrow(TypeError);
    expect(DOWN).toBeInstanceOf(DependencyError);
  });
});
