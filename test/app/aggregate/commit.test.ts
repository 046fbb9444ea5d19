import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchReport } from '#app/aggregate/batch-report.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { EMPTY_LEDGER, isBalanced } from '#core/protocol/ledger.ts';
import { EMPTY_REGISTRY } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { ARRIVAL, recordOf, recordOfEvents, SHARD, ShardWorld } from '../../support/shard-world.ts';
import { naiveLate, naiveRows, type Ping, ping, pingPipeline, recordsOf } from './pings.ts';

const pipeline = pingPipeline();

/** Pings over some minutes and hosts, of whole milliseconds, in an order that goes back a little now and then. */
const somePings: readonly Ping[] = Array.from({ length: 60 }, (_, i) =>
  ping(Math.floor(i / 4) - (i % 7 === 0 ? 3 : 0), 'abc'[i % 3], (i * 37) % 101),
);

async function expectExact(world: ShardWorld, pings: readonly Ping[], invalid = 0): Promise<void> {
  expect(await world.rows()).toEqual(naiveRows(pings));
  const { ledger } = world.head;
  expect(ledger).toEqual({
    ...EMPTY_LEDGER,
    received: pings.length + invalid,
    aggregated: pings.length - naiveLate(pings),
    late: naiveLate(pings),
    invalid,
  });
  expect(isBalanced(ledger)).toBe(true);
}

describe('a batch', () => {
  test('counts, and the report says what was done', async () => {
    const world = new ShardWorld(pipeline);
    const report = await world.run([...recordsOf(somePings, 7), recordOf(100, 'no JSON')]);
    expect(report).toMatchObject<Partial<BatchReport>>({
      firstUncommitted: undefined,
      unfinished: undefined,
      error: undefined,
      ledger: { ...EMPTY_LEDGER, received: 61, aggregated: 54, late: 6, invalid: 1 },
      rejected: new Map([['not_json', 1]]),
      commits: 1,
      conflicts: 0,
      folds: 0,
    });
    expect(report.headBytes).toBeGreaterThan(1024);
    await expectExact(world, somePings, 1);
    expect(world.table.registry).toEqual({ ...EMPTY_REGISTRY, version: 1, shards: [SHARD] });
    expect(world.head.position).toEqual({ sequence: recordOf(100, '').sequence, events: null });
  });

  test('registers its shard before its first head: a head that no registry names would be read by nobody', async () => {
    const world = new ShardWorld(pipeline);
    await world.run(recordsOf(somePings, 7));
    expect(world.calls).toEqual(['readHead', 'readRegistry', 'writeRegistry', 'writeHead']);
    await world.run([recordOfEvents(200, [ping(20)])]);
    expect(world.calls.filter((call) => call === 'writeRegistry')).toHaveLength(1);
  });

  test('moves the watermark by the lesser of event time and arrival, less the allowed lateness', async () => {
    const world = new ShardWorld(pipeline);
    const late = 120_000;
    await world.run([
      recordOfEvents(1, [
        { ...ping(0), at: ARRIVAL - 5000 },
        { ...ping(0), at: ARRIVAL - 7000 },
      ]),
    ]);
    expect(world.head.watermark).toBe(ARRIVAL - 5000 - late);
    await world.run([recordOfEvents(2, [{ ...ping(0), at: ARRIVAL + 1_800_000 }])]);
    expect(world.head.watermark).toBe(ARRIVAL - late);
    await world.run([recordOfEvents(3, [{ ...ping(0), at: ARRIVAL - 9000 }])]);
    expect(world.head.watermark).toBe(ARRIVAL - late);
    // What is rejected moves nothing.
    await world.run([recordOfEvents(4, [{ ...ping(0), at: ARRIVAL + 99_000, host: 5 }], ARRIVAL + 99_000)]);
    expect(world.head.watermark).toBe(ARRIVAL - late);
  });

  test('that was counted already makes no call but for the head, and none where that is remembered', async () => {
    const world = new ShardWorld(pipeline);
    const records = recordsOf(somePings, 7);
    await world.run(records);
    const { rev } = world.head;
    world.calls.length = 0;
    expect(await world.run(records)).toMatchObject({
      commits: 0,
      firstUncommitted: undefined,
      ledger: EMPTY_LEDGER,
    });
    expect(world.calls).toEqual([]);
    world.newEnvironment();
    await world.run(records);
    expect(world.calls).toEqual(['readHead']);
    expect(world.head.rev).toBe(rev);
  });

  test('without records asks for the head and is done', async () => {
    const world = new ShardWorld(pipeline);
    expect(await world.run([])).toMatchObject({ commits: 0, firstUncommitted: undefined });
  });
});

describe('whatever the boundaries', () => {
  test('each event counts once: batches that overlap, come again, or are committed in parts', async () => {
    const events = fc.array(
      fc.record({
        minute: fc.integer({ min: 0, max: 50 }),
        host: fc.constantFrom('a', 'b', '__proto__'),
        millis: fc.nat(99),
      }),
      { minLength: 1, maxLength: 40 },
    );
    const batches = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 6 }), fc.boolean()), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        events,
        batches,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        async (made, tries, each, cellsMax) => {
          const world = new ShardWorld(pipeline);
          world.limits = { ...world.limits, cellsMax, pendingBytesSoft: 300 };
          const pings = made.map(({ minute, host, millis }) => ping(minute, host, millis));
          const records = recordsOf(pings, each);
          const counted = () =>
            records.findIndex(({ sequence }) => sequence === world.head.position.sequence) + 1;
          for (const [start, length, isNew] of tries) {
            if (isNew) world.newEnvironment();
            // Lambda goes back, but never beyond what it has not delivered.
            const from = start % (counted() + 1);
            await world.run(records.slice(from, from + length));
          }
          await world.runUntilDone(records.slice(counted() === 0 ? 0 : counted() - 1));
          const { aggregated, late } = world.head.ledger;
          expect([aggregated + late, late]).toEqual([pings.length, naiveLate(pings)]);
          await expectExact(world, pings);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('somebody else writes the head', () => {
  test('with the same batch: it counts once, and the slower one gives in', async () => {
    const world = new ShardWorld(pipeline);
    const records = recordsOf(somePings, 7);
    await world.run(records.slice(0, 2));
    // An environment that still has the head of then.
    const stale = new WarmCache();
    stale.keepHead(SHARD, world.head);
    await world.run(records.slice(2, 5));
    const report = await world.run(records.slice(2), undefined, stale);
    expect(report).toMatchObject({ conflicts: 1, commits: 1, firstUncommitted: undefined });
    expect(report.ledger.received).toBe(60 - 35);
    await expectExact(world, somePings);
  });

  test('at the moment of the commit: nothing of the attempt counts', async () => {
    const world = new ShardWorld(pipeline);
    const records = recordsOf(somePings, 7);
    const other = new ShardWorld(pipeline);
    await other.run(records.slice(0, 4));
    world.fault = (_, call) => {
      if (call === 'writeHead') world.table.writeHead(SHARD, other.head);
      return undefined;
    };
    const report = await world.run(records);
    expect(report).toMatchObject({ conflicts: 1, commits: 1, firstUncommitted: undefined });
    expect(report.ledger.received).toBe(60 - 28);
    await expectExact(world, somePings);
  });

  test('again and again: the batch is handed back, from the first record that does not count', async () => {
    const world = new ShardWorld(pipeline);
    const records = recordsOf(somePings, 7);
    await world.run(records.slice(0, 1));
    world.fault = (_, call) => {
      if (call === 'writeHead') world.table.writeHead(SHARD, { ...world.head, rev: world.head.rev + 1 });
      return undefined;
    };
    const report = await world.run(records);
    expect(report).toMatchObject({
      unfinished: 'conflicts',
      firstUncommitted: records[1]?.sequence,
      conflicts: world.limits.conflictsMax + 1,
      commits: 0,
      ledger: EMPTY_LEDGER,
    });
    world.fault = () => undefined;
    await world.runUntilDone(records);
    await expectExact(world, somePings);
  });

  test('and folds the same: the block has the delta once', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, pendingBytesSoft: 0 };
    const records = recordsOf(somePings, 7);
    await world.run(records.slice(0, 4));
    const before = world.head;
    expect(before.pending.length).toBeGreaterThan(2);
    const slow = new WarmCache();
    slow.keepHead(SHARD, world.head);
    // Call by call in turn: both read the same blocks, and one of them writes each.
    const reports = await Promise.all([
      world.run(records, undefined, slow),
      world.run(records, undefined, new WarmCache()),
    ]);
    expect(reports.map(({ commits }) => commits).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(reports.map(({ folds }) => folds).reduce((a, b) => a + b)).toBe(before.pending.length);
    await expectExact(world, somePings);
  });
});

describe('a dependency that fails', () => {
  const bad = recordOf(3000, '{"at":"never"}');
  const allRecords: StreamRecord[] = [
    ...recordsOf(somePings.slice(0, 30), 5),
    bad,
    ...recordsOf(somePings.slice(30), 5, 4000),
  ];

  /** Three batches, so that the later ones fold what the earlier ones left. */
  async function runAll(world: ShardWorld, tolerant: boolean): Promise<BatchReport[]> {
    world.limits = { ...world.limits, pendingBytesSoft: 0, cellsMax: 20 };
    const reports: BatchReport[] = [];
    for (const batch of [allRecords.slice(0, 4), allRecords.slice(4, 8), allRecords.slice(8)]) {
      const report = await world.run(batch);
      reports.push(report);
      if (tolerant && report.firstUncommitted !== undefined) await world.runUntilDone(batch);
    }
    return reports;
  }

  test.each(['before', 'after'] as const)(
    'at any one call, %s it takes effect: nothing is lost, nothing counts twice',
    async (when) => {
      const calm = new ShardWorld(pipeline);
      await runAll(calm, false);
      await expectExact(calm, somePings, 1);
      expect(new Set(calm.calls)).toEqual(
        new Set([
          'readHead',
          'readRegistry',
          'writeRegistry',
          'writeHead',
          'readBlock',
          'writeBlock',
          'send',
        ]),
      );
      for (let failing = 0; failing < calm.calls.length; failing++) {
        const world = new ShardWorld(pipeline);
        world.fault = (n) => (n === failing ? when : undefined);
        const reports = await runAll(world, true);
        const failed = reports.filter(({ unfinished }) => unfinished !== undefined);
        expect(failed).toHaveLength(1);
        expect(failed[0]).toMatchObject({ unfinished: 'throttled', error: expect.any(DependencyError) });
        expect(failed[0]?.firstUncommitted).toEqual(expect.any(String));
        await expectExact(world, somePings, 1);
        expect(world.letters.length).toBeGreaterThan(0);
        expect(new Set(world.letters.map(({ sequence, event }) => `${sequence}/${event}`)).size).toBe(1);
      }
    },
  );

  test('for a long time: the position stays, and it goes on afterwards', async () => {
    const world = new ShardWorld(pipeline);
    await world.run(allRecords.slice(0, 2));
    const before = world.head;
    world.fault = (_, call) => (call === 'writeHead' ? 'before' : undefined);
    for (let i = 0; i < 5; i++) {
      expect(await world.run(allRecords)).toMatchObject({
        unfinished: 'throttled',
        firstUncommitted: allRecords[2]?.sequence,
      });
    }
    expect(world.head).toEqual(before);
    world.fault = () => undefined;
    await world.runUntilDone(allRecords);
    await expectExact(world, somePings, 1);
  });

  test('drops what the environment remembers: it may be wrong now', async () => {
    const world = new ShardWorld(pipeline);
    await world.run(allRecords.slice(0, 2));
    world.fault = (_, call) => (call === 'writeHead' ? 'after' : undefined);
    await world.run(allRecords.slice(2, 3));
    world.fault = () => undefined;
    world.calls.length = 0;
    expect(await world.run(allRecords.slice(2, 3))).toMatchObject({
      commits: 0,
      firstUncommitted: undefined,
    });
    expect(world.calls).toEqual(['readHead']);
  });

  test('drops blocks too, where a write of one may have taken place', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, pendingBytesSoft: 0 };
    await world.run(allRecords.slice(0, 2));
    await world.run(allRecords.slice(2, 4));
    world.fault = (_, call) => (call === 'writeBlock' ? 'after' : undefined);
    await world.run(allRecords.slice(4, 5));
    world.fault = () => undefined;
    world.calls.length = 0;
    expect(await world.run(allRecords.slice(4, 5))).toMatchObject({ conflicts: 0, commits: 1 });
    expect(world.calls.find((call) => call.endsWith('Block'))).toBe('readBlock');
  });

  test('of the dead-letter queue: the position stays where it was', async () => {
    const world = new ShardWorld(pipeline);
    world.fault = (_, call) => (call === 'send' ? 'before' : undefined);
    expect(await world.run(allRecords)).toMatchObject({
      unfinished: 'throttled',
      firstUncommitted: allRecords[0]?.sequence,
      error: expect.objectContaining({ dependency: 'dead_letters' }),
    });
    expect(world.head.rev).toBe(0);
    world.fault = () => undefined;
    await world.run(allRecords);
    await expectExact(world, somePings, 1);
  });

  test('stored bytes that can’t be read are no reason to cut the batch in halves', async () => {
    const world = new ShardWorld(pipeline);
    world.limits = { ...world.limits, pendingBytesSoft: 0 };
    await world.run(allRecords.slice(0, 2));
    const [delta] = world.head.pending;
    if (delta === undefined) throw new Error('expected something pending');
    // A block that newer code wrote.
    world.table.writeBlock(SHARD, { key: delta.key, n: 0, bytes: Uint8Array.of(9, 9, 9) }, undefined);
    expect(await world.run(allRecords)).toMatchObject({
      unfinished: 'refused',
      firstUncommitted: allRecords[2]?.sequence,
      error: { message: expect.stringMatching(/can't be read: .*newer code wrote: deploy that code/) },
    });
  });

  test('but a bug is an exception', async () => {
    const world = new ShardWorld(pipeline);
    world.fault = (_, call) => {
      if (call === 'writeHead') throw new TypeError('a bug');
      return undefined;
    };
    await expect(world.run(allRecords)).rejects.toThrow('a bug');
  });
});

describe('the share of the hottest group', () => {
  const shareOf = async (pings: readonly Ping[]) => {
    const world = new ShardWorld(pipeline);
    return (await world.run([recordOfEvents(1, pings)])).hotGroupShare;
  };
  const many = (length: number, host: (i: number) => string) =>
    Array.from({ length }, (_, i) => ping(1, host(i), i % 100));

  test('is in the report of a batch of thousands: the one by host, though all are one group of the other', async () => {
    expect(await shareOf(many(4000, () => 'only'))).toBe(1);
    expect(await shareOf(many(4000, (i) => `h${i % 16}`))).toBeLessThan(0.15);
    const share = await shareOf(many(4000, (i) => (i % 10 < 6 ? 'hot' : `h${i % 97}`)));
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.7);
  });

  test('is unknown for a small batch', async () => {
    expect(await shareOf(many(500, () => 'only'))).toBeUndefined();
  });
});
