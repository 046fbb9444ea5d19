import { describe, expect, test } from 'vitest';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { decodeHole } from '#core/degradation/hole.ts';
import { type Level, NO_LOAD } from '#core/degradation/ladder.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { isBalanced } from '#core/protocol/ledger.ts';
import { EMPTY_REGISTRY, withShard } from '#core/protocol/registry.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { ARRIVAL, recordOf, recordOfEvents, SHARD, ShardWorld } from '../../support/shard-world.ts';
import { allHoles, naiveRows, type Order, order, orderPipeline } from './orders.ts';

/** A shard whose next commit leaves out what the level says. */
function worldAt(level: Level, pipeline = orderPipeline()): ShardWorld {
  const world = new ShardWorld(pipeline);
  world.table.writeRegistry(withShard(EMPTY_REGISTRY, SHARD));
  world.table.writeHead(SHARD, { ...EMPTY_HEAD, rev: 1, load: { ...NO_LOAD, level } });
  return world;
}

function answer(world: ShardWorld, name: string) {
  const aggregate = world.pipeline.aggregates.find((each) => each.name === name);
  if (aggregate === undefined) throw new Error(`no aggregate ${name}`);
  return answerAggregate({ table: toPort(world.table), compression: nodeCompression }, aggregate);
}

const ORDERS: Order[] = [
  order(0, { amount: 5 }),
  order(0, { shop: 's2', item: 'i2', amount: 7, isTest: true }),
  order(1, { amount: 3 }),
  order(1, { item: 'i3', amount: 9, isTest: true }),
  order(2, { amount: 2, isTest: true }),
];
const NORMAL = ORDERS.filter(({ isTest }) => !isTest);
const essentialOf = ({ orders, turnover }: Readonly<Record<string, unknown>>) => ({ orders, turnover });

describe('at level 0', () => {
  test('everything is in everything, nobody asks for priorities, and there are no holes', async () => {
    let asked = 0;
    const world = worldAt(
      0,
      orderPipeline(() => {
        asked += 1;
      }),
    );
    await world.run([recordOfEvents(1, ORDERS)]);
    for (const name of ['by_shop', 'in_all', 'by_item'] as const) {
      const { rows, windows } = await answer(world, name);
      expect(rows).toEqual(naiveRows(name, ORDERS));
      expect(windows.every(({ holes }) => holes === undefined)).toBe(true);
    }
    expect(world.head).toMatchObject({ holes: [], lastHole: null });
    expect(asked).toBe(0);
  });
});

describe('at level 1', () => {
  test('essential metrics have all events, others none, and windows say so', async () => {
    const world = worldAt(1);
    const report = await world.run([recordOfEvents(1, ORDERS)]);
    expect(report.reduced).toBe(5);
    const { rows, windows } = await answer(world, 'by_shop');
    expect(rows.map(({ metrics }) => essentialOf(metrics))).toEqual(
      naiveRows('by_shop', ORDERS).map(({ metrics }) => essentialOf(metrics)),
    );
    expect(rows.every(({ metrics }) => metrics.largest === null && metrics.items === 0)).toBe(true);
    expect(windows.map(({ holes }) => holes)).toEqual([
      { reduced: 2, held: 0 },
      { reduced: 2, held: 0 },
      { reduced: 1, held: 0 },
    ]);
  });

  test('an aggregate of essential metrics alone lacks nothing, one without any lacks all', async () => {
    const world = worldAt(1);
    await world.run([recordOfEvents(1, ORDERS)]);
    const inAll = await answer(world, 'in_all');
    expect(inAll.rows).toEqual(naiveRows('in_all', ORDERS));
    expect(allHoles(inAll.windows)).toEqual({ reduced: 0, held: 0 });
    const byItem = await answer(world, 'by_item');
    expect(byItem.rows).toEqual([]);
    expect(byItem.windows).toMatchObject([{ holes: { reduced: 5, held: 0 } }]);
  });

  test('invalid events are found all the same, by metrics that are left out too', async () => {
    const world = worldAt(1);
    const bad = { ...order(0), amount: 1e101 };
    await world.run([recordOfEvents(1, [order(0), bad, { no: 'order' }, order(1)])]);
    expect(world.head.ledger).toMatchObject({ received: 4, aggregated: 2, invalid: 2 });
    expect(world.letters.map(({ rejection }) => rejection.reason)).toEqual(['number', 'schema']);
    const [hole] = world.head.holes;
    expect(decodeHole(hole?.bytes ?? new Uint8Array(), nodeCompression).marks).toEqual([1, 0, 0, 1]);
  });
});

describe('at level 2', () => {
  test('events of low priority are held, and the others as at level 1', async () => {
    const world = worldAt(2);
    await world.run([recordOfEvents(1, ORDERS)]);
    expect(world.head.ledger).toMatchObject({ received: 5, aggregated: 2, held: 3 });
    expect(isBalanced(world.head.ledger)).toBe(true);
    const { rows, windows } = await answer(world, 'by_shop');
    expect(rows.map(({ group, metrics }) => ({ group, ...essentialOf(metrics) }))).toEqual(
      naiveRows('by_shop', NORMAL).map(({ group, metrics }) => ({ group, ...essentialOf(metrics) })),
    );
    // The last window has nothing but what was held: no row, but it is there to say so.
    expect(windows.map(({ holes }) => holes)).toEqual([
      { reduced: 1, held: 1 },
      { reduced: 1, held: 1 },
      { reduced: 0, held: 1 },
    ]);
    const inAll = await answer(world, 'in_all');
    expect(inAll.rows).toEqual(naiveRows('in_all', NORMAL));
    expect(allHoles(inAll.windows)).toEqual({ reduced: 0, held: 3 });
  });

  test('held events move watermark and freshness like others', async () => {
    const world = worldAt(2);
    await world.run([recordOfEvents(1, [order(0), order(9, { isTest: true }), order(1)])]);
    expect(world.head.newest?.time).toBe(order(9).at);
    expect(world.head.watermark).toBe(order(7).at);
    // The last one is late by then.
    expect(world.head.ledger).toMatchObject({ aggregated: 1, held: 1, late: 1 });
  });

  test('a priority that throws stands for normal: whether an event is invalid depends on no load', async () => {
    const pipeline = orderPipeline(() => {
      throw new Error('of the definition');
    });
    const world = worldAt(2, pipeline);
    await world.run([recordOfEvents(1, ORDERS)]);
    expect(world.head.ledger).toMatchObject({ received: 5, aggregated: 5, held: 0, invalid: 0 });
  });
});

test('a hole says where it begins and ends, also within records, and for each event what became of it', async () => {
  const world = worldAt(2);
  world.limits = { ...world.limits, cellsMax: 5 };
  const records = [
    recordOfEvents(1, [order(0), order(1), order(2)]),
    recordOf(2, 'no JSON'),
    recordOfEvents(3, [order(3, { isTest: true }), order(4), order(5), order(6, { isTest: true })]),
  ];
  await world.run(records);
  const holes = world.head.holes;
  const marks = holes.map((hole) => decodeHole(hole.bytes, nodeCompression).marks);
  expect(marks.flat()).toEqual([1, 1, 1, 0, 2, 1, 1, 2]);
  const counts = holes.flatMap((hole) => decodeHole(hole.bytes, nodeCompression).recordEvents);
  expect(counts.reduce((a, b) => a + b, 0)).toBe(8);
  expect(holes.length).toBeGreaterThan(1);
  expect(holes[0]?.first).toEqual({ sequence: records[0]?.sequence, event: 0 });
  for (const [i, { last }] of holes.entries()) {
    const next = holes[i + 1];
    if (next === undefined) expect(last).toEqual(world.head.position);
    else if (last.events !== null)
      expect(next.first).toEqual({ sequence: last.sequence, event: last.events });
  }
  expect(world.head.lastHole).toEqual(world.head.position);
});

test('holes leave the head before it grows, are stored once, and are found there in order', async () => {
  const world = worldAt(2);
  world.limits = { ...world.limits, pendingBytesSoft: 2000 };
  for (let i = 1; i <= 20; i++) {
    await world.runUntilDone([recordOfEvents(i, [order(i, { isTest: i % 2 === 0 })])]);
  }
  expect(world.head.holes.length).toBeLessThan(6);
  const stored: string[] = [];
  const port = toPort(world.table);
  for await (const { first } of port.readHoles(SHARD, { sequence: recordOf(1, '').sequence, events: null }))
    stored.push(first.sequence);
  const left = world.head.holes.map(({ first }) => first.sequence);
  const all = [...new Set([...stored, ...left])];
  expect(all).toEqual(Array.from({ length: 20 }, (_, i) => recordOf(i + 1, '').sequence));
});

test('a lag that does not shrink raises the level, in the head, which the next commit goes by', async () => {
  const world = new ShardWorld(orderPipeline());
  for (let second = 0; second < 150; second += 5) {
    world.now = ARRIVAL + 1000 * second;
    const arrival = world.now - 11_000 - 500 * second;
    await world.run([recordOfEvents(second + 1, [order(0, { isTest: second % 2 === 0 })], arrival)]);
  }
  expect(world.head.load.level).toBe(2);
  const levels = world.head.holes.map(({ held, reduced }) => `${reduced} ${held}`);
  // A minute at each level, a commit every five seconds: 13 at level 0, 12 at level 1.
  expect(levels.length).toBe(30 - 13);
  expect(levels.slice(0, 12)).toEqual(Array(12).fill('1 0'));
  expect(levels.slice(12)).toContain('0 1');
});
