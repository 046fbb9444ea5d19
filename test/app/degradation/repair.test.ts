import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { repairPipeline } from '#app/repair/repair-pipeline.ts';
import { type Level, NO_LOAD } from '#core/degradation/ladder.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { ARRIVAL, recordOfEvents, SHARD, type ShardWorld } from '../../support/shard-world.ts';
import { allHoles, naiveRows, type Order, order } from './orders.ts';
import { counted, repairDepsOf } from './repair-world.ts';

const AGGREGATES = ['by_shop', 'in_all', 'by_item'] as const;

async function answerOf(world: ShardWorld, name: string) {
  const aggregate = world.pipeline.aggregates.find((each) => each.name === name);
  if (aggregate === undefined) throw new Error(`no aggregate ${name}`);
  return answerAggregate({ table: toPort(world.table), compression: nodeCompression }, aggregate);
}

async function expectExact(world: ShardWorld, orders: readonly Order[]) {
  for (const name of AGGREGATES) {
    const { rows, windows } = await answerOf(world, name);
    expect(rows).toEqual(naiveRows(name, orders));
    expect(allHoles(windows)).toEqual({ reduced: 0, held: 0 });
  }
  const { total } = await readLedger(toPort(world.table));
  expect(isBalanced(total)).toBe(true);
  expect(total).toMatchObject({ received: orders.length, held: 0 });
}

const NEVER = Number.POSITIVE_INFINITY;

const anyOrder = fc.record({
  at: fc.integer({ min: 0, max: 8 }).map((minute) => order(minute).at),
  shop: fc.constantFrom('s1', 's2', 's3'),
  item: fc.constantFrom('i1', 'i2', 'i3'),
  amount: fc.integer({ min: -9, max: 9 }),
  isTest: fc.boolean(),
});
const anyBatches = fc.array(
  fc.tuple(
    fc.constantFrom<Level>(0, 1, 2),
    fc.array(fc.array(anyOrder, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  ),
  { minLength: 1, maxLength: 4 },
);

function recordsOf(batches: readonly (readonly [Level, readonly (readonly Order[])[]])[]) {
  let at = 0;
  return batches.map(
    ([level, records]) => [level, records.map((events) => recordOfEvents(++at, events))] as const,
  );
}

describe('after a repair', () => {
  test('everything is as if nothing had been left out, whatever was, and however it was cut into commits', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, fc.constantFrom(1, 3, 4000), async (batches, cellsMax) => {
        const { stream, world } = await counted(recordsOf(batches), cellsMax);
        const report = await repairPipeline(repairDepsOf(world, stream), NEVER);
        expect(report).toMatchObject({ lost: 0, invalid: 0, oldestHoleMs: 0, unfinished: undefined });
        await expectExact(
          world,
          batches.flatMap(([, records]) => records.flat()),
        );
      }),
      { numRuns: 40 },
    );
  });

  const ORDERS = Array.from({ length: 12 }, (_, i) =>
    order(i % 4, { shop: `s${i % 3}`, amount: i, isTest: i % 2 === 0 }),
  );
  const BATCHES = recordsOf([
    [2, [ORDERS.slice(0, 3), ORDERS.slice(3, 5)]],
    [0, [ORDERS.slice(5, 7)]],
    [1, [ORDERS.slice(7, 12)]],
  ]);

  test('a second one changes nothing', async () => {
    const { stream, world } = await counted(BATCHES);
    await repairPipeline(repairDepsOf(world, stream), NEVER);
    const again = await repairPipeline(repairDepsOf(world, stream), NEVER);
    expect(again).toMatchObject({ heldRepaired: 0, reducedRepaired: 0 });
    await expectExact(world, ORDERS);
  });

  test('two at once count once', async () => {
    const { stream, world } = await counted(BATCHES, 1);
    await Promise.all([1, 2, 3].map(() => repairPipeline(repairDepsOf(world, stream), NEVER)));
    await repairPipeline(repairDepsOf(world, stream), NEVER);
    expect((await repairPipeline(repairDepsOf(world, stream), NEVER)).heldRepaired).toBe(0);
    await expectExact(world, ORDERS);
  });

  test.each(['before', 'after'] as const)(
    'a call that fails, %s it takes effect, loses and doubles nothing',
    async (when) => {
      for (let n = 0; n < 60; n++) {
        const { stream, world } = await counted(BATCHES, 1);
        const from = world.calls.length;
        world.fault = (call) => (call === from + n ? when : undefined);
        const failed = await repairPipeline(repairDepsOf(world, stream), NEVER).then(
          () => false,
          () => true,
        );
        world.fault = () => undefined;
        // What answers lack, they say, wherever it stopped.
        for (const name of AGGREGATES) {
          const { rows, windows } = await answerOf(world, name);
          const { held, reduced } = allHoles(windows);
          const isExact = JSON.stringify(rows) === JSON.stringify(naiveRows(name, ORDERS));
          expect(held + reduced === 0).toBe(isExact);
        }
        await repairPipeline(repairDepsOf(world, stream), NEVER);
        await expectExact(world, ORDERS);
        if (!failed && n > 0) return;
      }
    },
  );

  test('by little and little, as time allows', async () => {
    const { stream, world } = await counted(BATCHES, 1);
    let runs = 0;
    for (; runs < 30; runs++) {
      if ((await repairPipeline(repairDepsOf(world, stream), 0)).unfinished === undefined) break;
    }
    expect(runs).toBeGreaterThan(2);
    await expectExact(world, ORDERS);
  });

  test('nothing is read while the shard still leaves something out, and has more to do', async () => {
    const { stream, world } = await counted(BATCHES);
    const { head } = world;
    world.table.writeHead(SHARD, { ...head, rev: head.rev + 1, load: { ...NO_LOAD, level: 1 } });
    const deps = { ...repairDepsOf(world, stream), stream: { isDrained: async () => false } };
    const report = await repairPipeline(deps, NEVER);
    expect(report).toMatchObject({ heldRepaired: 0, reducedRepaired: 0, unfinished: 'lag', level: 1 });
    expect(report.oldestHoleMs).toBe(world.now - ARRIVAL);
  });

  test('what has left the stream stays a hole: lost, and said so', async () => {
    const { stream, world } = await counted(BATCHES);
    const report = await repairPipeline(repairDepsOf(world, stream.slice(1)), NEVER);
    // The first commit's 5 events.
    expect(report).toMatchObject({ lost: 5, reducedRepaired: 5, oldestHoleMs: 0 });
    const { windows } = await answerOf(world, 'by_item');
    const { held, reduced } = allHoles(windows);
    expect(held + reduced).toBe(5);
    expect((await readLedger(toPort(world.table))).total.held).toBe(held);
  });

  test('what leaves the stream while it is read is lost, and those behind it are not taken for it', async () => {
    const [first, second, third] = [
      order(0, { isTest: true }),
      order(1, { isTest: true }),
      order(2, { amount: 7 }),
    ];
    const { stream, world } = await counted(recordsOf([[2, [[first], [second], [third]]]]));
    expect((await answerOf(world, 'by_shop')).rows.map(({ metrics }) => metrics.turnover)).toEqual([7]);
    const report = await repairPipeline(repairDepsOf(world, stream.toSpliced(1, 1)), NEVER);
    expect(report).toMatchObject({ heldRepaired: 0, reducedRepaired: 0, lost: 3, oldestHoleMs: 0 });
    const { rows, windows } = await answerOf(world, 'by_shop');
    expect(rows.map(({ metrics }) => metrics.turnover)).toEqual([7]);
    expect(allHoles(windows)).toEqual({ reduced: 1, held: 2 });
    expect((await readLedger(toPort(world.table))).total).toMatchObject({ aggregated: 1, held: 2 });
  });

  test('a held event that turns out to be invalid is a dead letter, and counts as one', async () => {
    const bad = order(1, { amount: 1e101, isTest: true });
    const { stream, world } = await counted(recordsOf([[2, [[order(0), bad]]]]));
    expect(world.letters).toEqual([]);
    const report = await repairPipeline(repairDepsOf(world, stream), NEVER);
    expect(report).toMatchObject({ invalid: 1, lost: 0 });
    expect(world.letters.map(({ rejection }) => rejection.reason)).toEqual(['number']);
    expect((await readLedger(toPort(world.table))).total).toMatchObject({
      aggregated: 1,
      invalid: 1,
      held: 0,
    });
    // Nobody's values lack it.
    for (const name of AGGREGATES) {
      expect(allHoles((await answerOf(world, name)).windows)).toEqual({ reduced: 0, held: 0 });
    }
  });
});
