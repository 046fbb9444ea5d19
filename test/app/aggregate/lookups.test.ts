import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { Lookups } from '#app/enrich/lookups.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import { EMPTY_LEDGER, isBalanced } from '#core/protocol/ledger.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { ARRIVAL, ProcessDied, recordOf, recordOfEvents, ShardWorld } from '../../support/shard-world.ts';
import { airportPipeline, DOWN, FakeReferenceData } from '../enrich/airports.ts';

interface Flight {
  readonly at: number;
  readonly origin: string | null;
  readonly delay: number;
}

const HOUR = 3_600_000;
const flight = (origin: string | null, delay = 1, minute = 0): Flight => ({
  at: ARRIVAL - HOUR + minute * 60_000,
  origin,
  delay,
});

function worldOf(options: object = {}) {
  const pipeline = airportPipeline(options);
  const world = new ShardWorld(pipeline);
  const data = new FakeReferenceData();
  world.newLookups = () => new Lookups(pipeline, data, () => world.now);
  return { world, data };
}

function recordsOf(flights: readonly Flight[], eventsEach: number): StreamRecord[] {
  const records: StreamRecord[] = [];
  for (let i = 0; i < flights.length; i += eventsEach) {
    records.push(recordOfEvents(records.length + 1, flights.slice(i, i + eventsEach)));
  }
  return records;
}

/** Flights and delays by city, over all windows, as a reader sees them. */
async function totals(world: ShardWorld): Promise<Record<string, [flights: number, delay: number]>> {
  const cities: Record<string, [number, number]> = {};
  for (const { group, metrics } of await world.rows()) {
    const city = String(group['airport_city']);
    const [flights, delay] = cities[city] ?? [0, 0];
    cities[city] = [flights + Number(metrics['flights']), delay + Number(metrics['delay'])];
  }
  return cities;
}

/** The same, added up one by one. */
function naiveTotals(flights: readonly Flight[], entries: ReadonlyMap<string, ReferenceEntry>) {
  const cities: Record<string, [number, number]> = {};
  for (const { origin, delay } of flights) {
    const city = (entries.get(origin ?? '')?.['city'] as string | undefined) ?? 'null';
    const [count, sum] = cities[city] ?? [0, 0];
    cities[city] = [count + 1, sum + delay];
  }
  return cities;
}

describe('a batch whose events are looked up', () => {
  test('is grouped by and measured by what the table has', async () => {
    const { world } = worldOf();
    const flights = [flight('OSL', 5), flight('BGO', 7), flight('OSL', 9), flight('NEW', 1), flight(null, 2)];
    const report = await world.run(recordsOf(flights, 2));
    expect(report).toMatchObject({ firstUncommitted: undefined, commits: 1 });
    expect(report.lookups).toEqual({ missing: 2, stale: 0, degraded: 0 });
    expect(await world.rows()).toMatchObject([
      { group: { airport_city: 'Bergen' }, metrics: { flights: 1, delay: 7, highest: 52 } },
      { group: { airport_city: 'Oslo' }, metrics: { flights: 2, delay: 14, highest: 208 } },
      { group: { airport_city: null }, metrics: { flights: 2, delay: 3, highest: null } },
    ]);
  });

  test('asks once for all events of many small records, and not again from memory', async () => {
    const { world, data } = worldOf();
    const flights = Array.from({ length: 500 }, (_, i) => flight(['OSL', 'BGO', 'TRD'][i % 3] ?? null));
    await world.run(recordsOf(flights, 1));
    expect(data.calls).toEqual([['OSL', 'BGO', 'TRD']]);
    await world.run([recordOfEvents(900, flights)]);
    expect(data.calls).toHaveLength(1);
    expect(await totals(world)).toEqual(naiveTotals([...flights, ...flights], data.entries));
  });

  test('is one commit, also where it is read in several slices', async () => {
    const { world, data } = worldOf();
    const flights = Array.from({ length: 5000 }, (_, i) => flight(`A${i % 2500}`));
    const report = await world.run(recordsOf(flights, 2500));
    expect(report).toMatchObject({ commits: 1, lookups: { missing: 5000 } });
    expect(data.keysRead).toHaveLength(2500);
    expect(await totals(world)).toEqual({ null: [5000, 5000] });
  });

  test('sets events aside whose key has no entry, where the definition says so', async () => {
    const { world } = worldOf({ whenMissing: 'reject' });
    const report = await world.run(recordsOf([flight('OSL'), flight('NEW'), flight('BGO')], 3));
    expect(report.rejected).toEqual(new Map([['lookup', 1]]));
    expect(world.letters).toMatchObject([{ event: 1, rejection: { reason: 'lookup' } }]);
    // As it came, without what was looked up for it or for others.
    expect(JSON.parse(String(world.letters[0]?.payload))).toEqual(flight('NEW'));
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 3, aggregated: 2, invalid: 1 });
  });

  test('is not asked about for events that are rejected anyway', async () => {
    const { world, data } = worldOf();
    await world.run([recordOf(1, 'no JSON'), recordOfEvents(2, [{ origin: 'OSL' }])]);
    expect(data.calls).toEqual([]);
    expect(world.head.ledger).toMatchObject({ received: 2, invalid: 2 });
  });

  test('is committed in parts where one is too much, each event once', async () => {
    const { world, data } = worldOf();
    world.limits = { ...world.limits, cellsMax: 3 };
    const flights = Array.from({ length: 60 }, (_, i) => flight(i % 2 === 0 ? 'OSL' : 'BGO', i, i * -60));
    const report = await world.run(recordsOf(flights, 7));
    expect(report.firstUncommitted).toBeUndefined();
    expect(report.commits).toBeGreaterThan(5);
    expect(report.lookups).toEqual({ missing: 0, stale: 0, degraded: 0 });
    expect(await totals(world)).toEqual(naiveTotals(flights, data.entries));
  });
});

describe('reference data that can’t be read', () => {
  test('leaves the batch unfinished, with nothing counted, until it can', async () => {
    const { world, data } = worldOf();
    const records = recordsOf([flight('OSL'), flight('BGO')], 1);
    data.failure = DOWN;
    const report = await world.run(records);
    expect(report).toMatchObject({ unfinished: 'unavailable', commits: 0, error: DOWN });
    expect(report.firstUncommitted).toBe(records[0]?.sequence);
    expect(world.head.ledger).toEqual(EMPTY_LEDGER);
    data.failure = undefined;
    await world.run(records);
    expect(await totals(world)).toEqual({ Oslo: [1, 1], Bergen: [1, 1] });
  });

  test('lets what comes before it count', async () => {
    const { world, data } = worldOf();
    const known = Array.from({ length: 2500 }, () => flight('OSL'));
    await world.run([recordOfEvents(1, [flight('OSL')])]);
    data.failure = DOWN;
    // The second slice has a key that is not known.
    const report = await world.run([recordOfEvents(2, [...known, flight('BGO')])]);
    expect(report).toMatchObject({
      unfinished: 'unavailable',
      commits: 1,
      firstUncommitted: recordOf(2, '').sequence,
    });
    expect(await totals(world)).toEqual({ Oslo: [2001, 2001] });
    data.failure = undefined;
    await world.run([recordOfEvents(2, [...known, flight('BGO')])]);
    expect(await totals(world)).toEqual({ Oslo: [2501, 2501], Bergen: [1, 1] });
  });

  test('is counted where the definition has values for it', async () => {
    const { world, data } = worldOf({ whenDown: { city: 'unknown' } });
    data.failure = DOWN;
    const report = await world.run(recordsOf([flight('OSL'), flight('BGO')], 1));
    expect(report).toMatchObject({ unfinished: undefined, lookups: { missing: 0, stale: 0, degraded: 2 } });
    expect(await totals(world)).toEqual({ unknown: [2, 2] });
  });

  test('is no sign of a record that kills the function: what was begun is taken back', async () => {
    const { world, data } = worldOf();
    world.now = ARRIVAL + AGGREGATE_LIMITS.suspectAfterMs + 1;
    const records = recordsOf([flight('OSL'), flight('BGO')], 2);
    data.failure = DOWN;
    for (let attempt = 0; attempt < 10; attempt++) {
      expect(await world.run(records)).toMatchObject({ unfinished: 'unavailable' });
      world.newEnvironment();
    }
    expect(world.head.suspect).toBeNull();
    data.failure = undefined;
    await world.run(records);
    expect(world.letters).toEqual([]);
    expect(await totals(world)).toEqual({ Oslo: [1, 1], Bergen: [1, 1] });
  });
});

test('a bug on the way is no table that is down: it is passed on, with nothing counted', async () => {
  const { world, data } = worldOf();
  data.before = () => (data.calls.length > 20 ? Promise.reject(new TypeError('bug')) : Promise.resolve());
  const flights = Array.from({ length: 4000 }, (_, i) => flight(`A${i}`));
  await expect(world.run(recordsOf(flights, 4000))).rejects.toThrow('bug');
  expect(data.calls.length).toBeGreaterThan(20);
  expect(world.head.ledger).toEqual(EMPTY_LEDGER);
});

test('a record that killed the function is taken event by event, each looked up when its turn comes', async () => {
  const { world, data } = worldOf();
  world.now = ARRIVAL + AGGREGATE_LIMITS.suspectAfterMs + 1;
  const records = recordsOf([flight('OSL'), flight('BGO'), flight('TRD'), flight('NEW')], 4);
  let missing = 0;
  data.before = async () => {
    // The process dies of the second event alone, be it looked up with others or by itself.
    if (data.calls.at(-1)?.includes('BGO') === true) {
      world.die();
      throw new ProcessDied();
    }
  };
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { firstUncommitted, lookups } = await world.run(records);
      missing += lookups.missing;
      if (firstUncommitted === undefined) break;
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
    }
  }
  expect(world.letters.map(({ event, rejection }) => [event, rejection.reason])).toEqual([[1, 'crashed']]);
  expect(await totals(world)).toEqual({ Oslo: [1, 1], Trondheim: [1, 1], null: [1, 1] });
  expect(missing).toBe(1);
});

describe('whatever fails', () => {
  const origin = fc.constantFrom('OSL', 'BGO', 'TRD', 'NEW', null);
  const flights = fc.array(fc.tuple(origin, fc.nat(99), fc.nat(110)), { minLength: 1, maxLength: 30 });
  const faults = fc.array(fc.constantFrom('before', 'after', 'reference', 'die', undefined, undefined), {
    maxLength: 12,
  });

  test('each event counts once, with what its committed attempt looked up', async () => {
    await fc.assert(
      fc.asyncProperty(flights, faults, fc.integer({ min: 1, max: 5 }), async (made, planned, each) => {
        const { world, data } = worldOf();
        const list = made.map(([from, delay, minute]) => flight(from, delay, minute));
        const records = recordsOf(list, each);
        const left = [...planned];
        data.before = async () => {
          if (left[0] !== 'reference') return;
          left.shift();
          throw DOWN;
        };
        world.fault = (n) => {
          const fault = n === 0 || left[0] === 'reference' ? undefined : left.shift();
          if (fault !== 'die') return fault === 'before' || fault === 'after' ? fault : undefined;
          world.die();
          return undefined;
        };
        let rest: readonly StreamRecord[] = records;
        for (let attempt = 0; rest.length > 0; attempt++) {
          expect(attempt).toBeLessThan(60);
          try {
            const { firstUncommitted } = await world.run(rest);
            if (firstUncommitted === undefined) break;
            rest = rest.slice(rest.findIndex(({ sequence }) => sequence === firstUncommitted));
          } catch (error) {
            if (!(error instanceof ProcessDied)) throw error;
          }
          if (attempt > 20) left.length = 0;
        }
        expect(isBalanced(world.head.ledger)).toBe(true);
        expect(world.head.ledger).toMatchObject({ received: list.length, aggregated: list.length });
        expect(await totals(world)).toEqual(naiveTotals(list, data.entries));
      }),
      { numRuns: 60 },
    );
  });

  test('an attempt that came to nothing leaves nothing of what it looked up', async () => {
    const { world, data } = worldOf();
    const records = recordsOf([flight('OSL', 5), flight('BGO', 7)], 1);
    // The head's write fails, and then the reply of the second one is lost.
    world.fault = (_, call) => (call === 'writeHead' ? 'before' : undefined);
    expect(await world.run(records)).toMatchObject({ unfinished: 'throttled', commits: 0 });
    data.entries.set('OSL', { city: 'Kristiania', metres: 208 });
    world.newEnvironment();
    world.fault = (_, call) => (call === 'writeHead' ? 'after' : undefined);
    expect(await world.run(records)).toMatchObject({ unfinished: 'throttled' });
    // That one counts, though nobody knew: what the table has by now changes nothing.
    data.entries.set('OSL', { city: 'Christiania', metres: 208 });
    world.newEnvironment();
    world.fault = () => undefined;
    expect(await world.run(records)).toMatchObject({ firstUncommitted: undefined, commits: 0 });
    expect(await totals(world)).toEqual({ Kristiania: [1, 5], Bergen: [1, 7] });
  });
});
