import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, type Pipeline, sum, tumbling } from 'weir';
import * as z from 'zod';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { ShardId } from '#core/brand.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import {
  ARRIVAL,
  type Fault,
  recordOf,
  recordOfEvents,
  SHARD,
  ShardWorld,
} from '../../support/shard-world.ts';

interface Order {
  readonly id: unknown;
  readonly at: number;
  readonly amount: unknown;
}

const orders = (within = '10m', amount: z.ZodType = z.number()): Pipeline =>
  definePipeline({
    name: 'orders',
    schema: z.object({ id: z.unknown(), at: z.number(), amount }),
    eventTime: ({ at }) => at,
    eventId: ({ id }) => id as string,
    duplicates: { within },
    aggregates: {
      all: {
        groupBy: [],
        window: tumbling('1h'),
        metrics: { orders: count(), total: sum('amount' as never) },
      },
    },
  });

const order = (id: unknown, amount: unknown = 1): Order => ({ id, at: ARRIVAL, amount });
const after = (seconds: number): number => ARRIVAL + seconds * 1000;

async function totals(world: ShardWorld): Promise<unknown> {
  const [row] = await world.rows();
  return row?.metrics;
}

/** Limits at which segments are written and merged from the first ids on. */
function withSmallSegments(world: ShardWorld): ShardWorld {
  world.limits = {
    ...world.limits,
    ids: { ...world.limits.ids, inHeadMax: 2, inSegmentMax: 16, segmentsSoft: 2 },
  };
  return world;
}

describe('of events with one id, the first counts', () => {
  test('in a record, in a batch, and in later batches, whatever the others say', async () => {
    const world = new ShardWorld(orders());
    await world.run([
      recordOfEvents(1, [order('a'), order('b'), order('a', 50)]),
      recordOfEvents(2, [order('b', 60)]),
    ]);
    const report = await world.run([recordOfEvents(3, [order('c'), order('a', 70)])]);
    expect(await totals(world)).toEqual({ orders: 3, total: 3 });
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 6, aggregated: 3, duplicate: 3 });
    expect(report.ledger).toEqual({ ...EMPTY_LEDGER, received: 2, aggregated: 1, duplicate: 1 });
  });

  test('up to the horizon after it arrived; then another is the first', async () => {
    const world = new ShardWorld(orders('60s'));
    for (const [i, seconds] of [0, 30, 60, 61, 90, 121, 122].entries()) {
      await world.run([recordOfEvents(i + 1, [order('a', 10 ** i)], after(seconds))]);
    }
    expect(await totals(world)).toEqual({ orders: 3, total: 1_001_001 });
  });

  test('by the shard’s own clock, which no arrival takes back', async () => {
    const world = new ShardWorld(orders('60s'));
    await world.run([recordOfEvents(1, [order('a')], after(0)), recordOfEvents(2, [order('b')], after(61))]);
    // Arrived within a minute of the first, in a shard that is further already.
    await world.run([recordOfEvents(3, [order('a')], after(30))]);
    expect(world.head.ledger).toMatchObject({ aggregated: 3, duplicate: 0 });
  });

  test('also where it was rejected: a letter is sent once, and a definition that takes it meanwhile does not', async () => {
    const world = new ShardWorld(orders());
    await world.run([recordOfEvents(1, [order('a', 'much'), order('b'), order('a', 'much')])]);
    expect(world.head.ledger).toEqual({
      ...EMPTY_LEDGER,
      received: 3,
      aggregated: 1,
      invalid: 1,
      duplicate: 1,
    });
    expect(world.letters).toHaveLength(1);
    const tolerant = new ShardWorld(
      orders(
        '10m',
        z.unknown().transform(() => 1),
      ),
    );
    tolerant.table.writeRegistry({ ...(world.table.registry ?? expect.fail()), version: 1 });
    tolerant.table.writeHead(SHARD, { ...world.head, rev: 1 });
    await tolerant.run([recordOfEvents(2, [order('a', 'much')])]);
    expect(tolerant.head.ledger).toMatchObject({ aggregated: 1, invalid: 1, duplicate: 2 });
  });

  test('5 and "5" being one id; an event without an id is set aside', async () => {
    const world = new ShardWorld(orders());
    const without = [null, '', {}, true, ['a']].map((id) => order(id));
    await world.run([recordOfEvents(1, [order(5), order('5'), ...without])]);
    expect(world.head.ledger).toEqual({
      ...EMPTY_LEDGER,
      received: 7,
      aggregated: 1,
      duplicate: 1,
      invalid: 5,
    });
    expect(new Set(world.letters.map(({ rejection }) => rejection.reason))).toEqual(new Set(['event_id']));
  });

  test('not where there is no eventId: then nothing is kept or asked for it', async () => {
    const { duplicates: _, ...plain } = orders();
    const world = new ShardWorld({ ...plain, duplicates: undefined });
    await world.run([recordOfEvents(1, [order('a'), order('a')])]);
    expect(world.head.ledger).toMatchObject({ aggregated: 2, duplicate: 0 });
    expect(world.head.seen).toBeNull();
    expect(world.calls).toEqual(['readHead', 'readRegistry', 'writeRegistry', 'writeHead']);
  });
});

describe('records with an id of their own', () => {
  const packed = (at: number, id: string | undefined, ids: readonly string[]): StreamRecord => {
    const events = ids.map((each) => toPackableEvent(order(each)) ?? expect.fail('not packable'));
    return recordOf(
      at,
      encodePackedColumns(events, { gzip: gzipSync, utf8: (text) => Buffer.from(text) }, id),
    );
  };

  test('count once, whole, and take one id', async () => {
    const world = new ShardWorld(orders());
    const ids = 'abcdefgh'.split('');
    await world.run([packed(1, 'r1', ids)]);
    expect(world.head.seen?.recent.length).toBeLessThan(20);
    await world.run([packed(2, 'r1', ids), packed(3, 'r2', ['x', 'y']), packed(4, 'r2', ['x', 'y'])]);
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 20, aggregated: 10, duplicate: 10 });
  });

  test('also where a commit ends within one, and where no event has an id', async () => {
    const { duplicates, ...plain } = orders();
    const world = new ShardWorld({
      ...plain,
      duplicates: { withinMs: duplicates?.withinMs ?? expect.fail(), eventId: undefined },
    });
    world.limits = { ...world.limits, cellsMax: 1 };
    const records = [
      packed(1, 'r1', 'abc'.split('')),
      packed(2, 'r1', 'abc'.split('')),
      packed(3, undefined, ['a']),
    ];
    await world.runUntilDone(records);
    expect(world.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 7, aggregated: 4, duplicate: 3 });
  });
});

describe('segments', () => {
  const batches = Array.from({ length: 12 }, (_, batch) => [
    recordOfEvents(
      batch + 1,
      // Each batch brings five new ids, and two of the batch before.
      Array.from({ length: 7 }, (_, i) => order(`${batch - (i > 4 ? 1 : 0)}-${i % 5}`)),
    ),
  ]);
  const EXACT = { ...EMPTY_LEDGER, received: 84, aggregated: 62, duplicate: 22 };

  test('are written before the head that names them, and read where they are not in memory', async () => {
    const world = withSmallSegments(new ShardWorld(orders()));
    for (const batch of batches) await world.run(batch);
    expect(world.head.ledger).toEqual(EXACT);
    const writes = world.calls.filter((call) => call === 'writeSegment').length;
    expect(writes).toBeGreaterThan(12);
    expect(world.calls).not.toContain('readSegment');
    expect(world.head.seen?.segments.length).toBeLessThan(writes);
    world.newEnvironment();
    const before = world.calls.length;
    await world.run([recordOfEvents(99, [order('0-0'), order('11-4')])]);
    expect(world.head.ledger).toMatchObject({ aggregated: 62, duplicate: 24 });
    const reads = world.calls.slice(before).filter((call) => call === 'readSegment').length;
    expect(reads).toBeGreaterThan(1);
  });

  test('are in memory as long as a head names them, and no longer', async () => {
    const world = withSmallSegments(new ShardWorld(orders('60s')));
    const cache = new WarmCache();
    const inMemory = () => [...world.table.segments().keys()].filter((name) => cache.segment(name));
    const named = () => world.head.seen?.segments.map(({ name }) => name) ?? [];
    for (const [i, batch] of batches.entries()) {
      await world.run(batch, undefined, cache);
      expect(inMemory().toSorted()).toEqual(named().toSorted());
      expect(named().length).toBeGreaterThan(i === 0 ? 0 : 1);
    }
    // Two minutes later all of them are past the horizon, and where another environment counts, it is seen the next time.
    await world.run([recordOfEvents(90, [order('x')], after(120))]);
    await world.run([recordOfEvents(91, [order('y')], after(121))], undefined, cache);
    expect(named()).toEqual([]);
    expect(inMemory()).toEqual([]);
  });

  test('of a commit that fails count for nothing, wherever it fails', async () => {
    const plain = withSmallSegments(new ShardWorld(orders()));
    for (const batch of batches) await plain.runUntilDone(batch);
    const calls = plain.calls.length;
    expect(plain.head.ledger).toEqual(EXACT);
    for (const fault of ['before', 'after'] as const satisfies readonly Fault[]) {
      for (let at = 0; at < calls; at++) {
        const world = withSmallSegments(new ShardWorld(orders()));
        world.fault = (n) => (n === at ? fault : undefined);
        for (const batch of batches) await world.runUntilDone(batch);
        expect([fault, at, world.head.ledger]).toEqual([fault, at, EXACT]);
      }
    }
  });

  test('of several environments that take turns are told from those of dead ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ environment: fc.nat(2), dies: fc.option(fc.nat(8)) }), {
          minLength: 12,
          maxLength: 12,
        }),
        async (turns) => {
          const world = withSmallSegments(new ShardWorld(orders()));
          const caches = [0, 1, 2].map(() => new WarmCache());
          for (const [i, { environment, dies }] of turns.entries()) {
            const start = world.calls.length;
            world.fault = (n) => {
              if (dies !== null && n === start + dies) world.die();
              return undefined;
            };
            const batch = batches[i] ?? [];
            await world.run(batch, undefined, caches[environment]).catch(() => {
              caches[environment] = new WarmCache();
            });
            world.fault = () => undefined;
            await world.run(batch, undefined, caches[(environment + 1) % 3]);
          }
          expect(world.head.ledger).toEqual(EXACT);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('that have expired all the same are said to be forgotten, and hold up nothing', async () => {
    const world = withSmallSegments(new ShardWorld(orders()));
    for (const batch of batches) await world.run(batch);
    const gone = [...world.table.segments().keys()];
    for (const name of gone) world.table.deleteSegment(name);
    world.newEnvironment();
    const report = await world.run([recordOfEvents(99, [order('0-0')])]);
    expect(report).toMatchObject({ unfinished: undefined, ledger: { aggregated: 1, duplicate: 0 } });
    expect(report.idsForgotten).toBeGreaterThan(50);
    // Past the horizon, nobody asks for them.
    world.newEnvironment();
    const later = await world.run([recordOfEvents(100, [order('0-1')], after(3600))]);
    expect(later.idsForgotten).toBe(0);
  });
});

test('a shard begins with what its parents have seen, and asks for them once', async () => {
  const parents = ['a', 'b'].map((letter, i) => {
    const world = withSmallSegments(new ShardWorld(orders()));
    return { world, key: { ...SHARD, shard: `shardId-00000000000${i + 1}` as ShardId }, letter };
  });
  const child = withSmallSegments(new ShardWorld(orders()));
  let names = 0;
  for (const { world, key, letter } of parents) {
    await world.run([
      recordOfEvents(
        1,
        Array.from({ length: 5 }, (_, i) => order(`${letter}${i}`)),
      ),
    ]);
    await world.run([recordOfEvents(2, [order(`${letter}-late`)])]);
    const { seen } = world.head;
    const segments = (seen ?? expect.fail()).segments.map((ref) => {
      const name = `parents-${++names}`;
      child.table.writeSegment(name, world.table.readSegment(ref.name) ?? expect.fail());
      return { ...ref, name };
    });
    child.table.writeHead(key, { ...world.head, rev: 1, seen: seen && { ...seen, segments } });
  }
  child.parents = parents.map(({ key }) => key);
  await child.run([
    recordOfEvents(
      1,
      ['a0', 'b4', 'a-late', 'b-late', 'new'].map((id) => order(id)),
    ),
  ]);
  expect(child.head.ledger).toEqual({ ...EMPTY_LEDGER, received: 5, aggregated: 1, duplicate: 4 });
  child.newEnvironment();
  await child.run([
    recordOfEvents(
      2,
      ['a1', 'b3', 'new'].map((id) => order(id)),
    ),
  ]);
  expect(child.head.ledger).toMatchObject({ aggregated: 1, duplicate: 7 });
  expect(child.calls.filter((call) => call === 'parentsOf')).toHaveLength(1);
});
