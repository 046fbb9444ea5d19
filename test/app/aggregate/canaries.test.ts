import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lookups } from '#app/enrich/lookups.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { encodeCanary } from '#core/records/canary-record.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { ARRIVAL, recordOf, recordOfEvents, ShardWorld } from '../../support/shard-world.ts';
import { airportPipeline, FakeReferenceData } from '../enrich/airports.ts';
import { naiveRows, type Ping, ping, pingPipeline } from './pings.ts';

const pipeline = pingPipeline();
const canary = (at: number, arrival?: number): StreamRecord => recordOf(at, encodeCanary(), arrival);
const pings: readonly Ping[] = Array.from({ length: 12 }, (_, i) => ping(i, `host-${i % 3}`, i));

describe('a canary', () => {
  test('moves the position and says when it counted, and is in no ledger and no window', async () => {
    const world = new ShardWorld(pipeline);
    const report = await world.run([canary(1, ARRIVAL)]);
    expect(report).toMatchObject({ firstUncommitted: undefined, commits: 1, ledger: EMPTY_LEDGER });
    expect(world.letters).toEqual([]);
    expect(await world.rows()).toEqual([]);
    const { canary: seen, ledger, newest, position, watermark } = world.head;
    expect(seen).toEqual({ arrival: ARRIVAL, counted: world.now });
    expect({ ledger, newest, watermark }).toEqual({ ledger: EMPTY_LEDGER, newest: null, watermark: null });
    expect(position).toEqual({ sequence: canary(1).sequence, events: null });
    // It was counted: should it come again, nothing is done.
    expect(await world.run([canary(1)])).toMatchObject({ commits: 0 });
  });

  test('between events counts with them, in one commit; the newest is kept', async () => {
    const world = new ShardWorld(pipeline);
    const records = [
      recordOfEvents(1, pings.slice(0, 5)),
      canary(2, ARRIVAL),
      recordOfEvents(3, pings.slice(5)),
      canary(4, ARRIVAL + 7),
    ];
    expect(await world.run(records)).toMatchObject({ commits: 1 });
    expect(await world.rows()).toEqual(naiveRows(pings));
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 12, aggregated: 12 });
    expect(world.head.canary?.arrival).toBe(ARRIVAL + 7);
    // What has none keeps the one before.
    await world.run([recordOfEvents(5, [ping(1)])]);
    expect(world.head.canary?.arrival).toBe(ARRIVAL + 7);
  });

  test('is never suspected of having killed the function, however long it waited', async () => {
    const world = new ShardWorld(pipeline);
    world.now = ARRIVAL + 3_600_000;
    world.fault = (n, call) => (n < 20 && call === 'writeHead' ? 'before' : undefined);
    await world.runUntilDone([canary(1)]);
    expect(world.head).toMatchObject({ suspect: null, crashes: null, ledger: EMPTY_LEDGER });
    expect(world.letters).toEqual([]);
  });

  test('is one byte for byte: what only begins like one is rejected, and kept', async () => {
    const world = new ShardWorld(pipeline);
    const foreign = Uint8Array.of(...encodeCanary(), 0);
    await world.run([recordOf(1, foreign), recordOf(2, encodeCanary().subarray(0, 3))]);
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 2, invalid: 2 });
    expect(world.letters.map(({ payload }) => payload)).toEqual([foreign, encodeCanary().subarray(0, 3)]);
    expect(world.head.canary).toBeNull();
  });

  test('changes nothing of what is counted, wherever it is and however small the commits are', async () => {
    const plan = fc.record({
      places: fc.array(fc.nat(12), { maxLength: 8 }),
      cellsMax: fc.integer({ min: 1, max: 9 }),
      lookedUp: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ cellsMax, lookedUp, places }) => {
        const airports = airportPipeline({});
        const world = new ShardWorld(lookedUp ? airports : pipeline);
        world.limits = { ...world.limits, cellsMax };
        if (lookedUp)
          world.newLookups = () => new Lookups(airports, new FakeReferenceData(), () => world.now);
        const flights = pings.map((_, i) => ({ at: ARRIVAL - 1000 * i, origin: 'OSL', delay: i }));
        const events: readonly unknown[] = lookedUp ? flights : pings;
        let at = 0;
        const records = events.flatMap((event, i) => [
          ...places.filter((place) => place === i).map(() => canary(++at)),
          recordOfEvents(++at, [event]),
        ]);
        const last = places.includes(12) ? [canary(++at, ARRIVAL + 1)] : [];
        await world.runUntilDone([...records, ...last]);
        expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 12, aggregated: 12 });
        if (!lookedUp) expect(await world.rows()).toEqual(naiveRows(pings));
        expect(world.head.canary?.arrival).toBe(
          last.length > 0 ? ARRIVAL + 1 : places.length > 0 ? ARRIVAL : undefined,
        );
      }),
      { numRuns: 60 },
    );
  });
});
