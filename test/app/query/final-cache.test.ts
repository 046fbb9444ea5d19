import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, hopping, tumbling } from 'weir';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { Table, WindowRange } from '#app/ports/table.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { FinalCache } from '#app/query/final-cache.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';
import { CloseWorld } from '../close/close-world.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
const schema: StandardSchema<unknown, { at: number; shop: string }> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as never }) },
};
const pipeline = definePipeline({
  name: 'sales',
  schema,
  eventTime: ({ at }) => at,
  allowedLateness: '5m',
  aggregates: {
    by_shop: {
      groupBy: ['shop'],
      window: tumbling('10m', { rollup: ['30m'] }),
      metrics: { sales: count() },
    },
    moving: { groupBy: ['shop'], window: hopping('30m', { every: '10m' }), metrics: { sales: count() } },
  },
});
const [byShop, moving] = pipeline.aggregates;
if (byShop === undefined || moving === undefined) throw new Error('two aggregates');

const sale = (minute: number, shop = 'a') => ({ at: NOON + minute * MINUTE, shop });
const from = (minute: number) => (NOON + minute * MINUTE) as WindowStart;

/** A table that tells how many finals were read, and in how many reads. */
function counting(memory: MemoryTable) {
  const counts = { reads: 0, finals: 0 };
  const port = toPort(memory);
  const table: Table = {
    ...port,
    async *readFinals(aggregate, levelMs, range) {
      counts.reads += 1;
      for await (const final of port.readFinals(aggregate, levelMs, range)) {
        counts.finals += 1;
        yield final;
      }
    },
  };
  return { table, counts };
}

/** Sales of an hour and a half, of which the first 60 minutes are final; in the one from 20 to 30 there are none. */
async function worldOfSales(): Promise<CloseWorld> {
  const world = new CloseWorld(pipeline, 1, NOON + 90 * MINUTE);
  await world.add(0, [sale(1), sale(11), sale(12, 'b'), sale(33), sale(44), sale(55), sale(65), sale(68)]);
  world.put(0, [sale(69)]);
  await world.closeUntilDone();
  return world;
}

describe('finals that were read', () => {
  test('are read once, also those of windows in which there was nothing', async () => {
    const world = await worldOfSales();
    const { table, counts } = counting(world.table);
    const deps = { table, compression: nodeCompression, finals: new FinalCache() };
    const range = { from: from(0), to: from(60) };
    const first = await answerAggregate(deps, byShop, range);
    expect(first.windows.map(({ windowStart }) => (windowStart - NOON) / MINUTE)).toEqual([
      0, 10, 30, 40, 50,
    ]);
    expect(counts).toEqual({ reads: 1, finals: 5 });
    expect(await answerAggregate(deps, byShop, range)).toEqual(first);
    expect(counts).toEqual({ reads: 1, finals: 5 });
    // Only what has been asked for is known: the windows before and behind are read, with those between.
    await answerAggregate(deps, byShop, { from: from(-10), to: from(60) });
    expect(counts).toEqual({ reads: 2, finals: 5 });
    await answerAggregate(deps, byShop, { from: from(0) });
    expect(counts).toEqual({ reads: 3, finals: 5 });
  });

  test('are amended by what comes late afterwards', async () => {
    const world = await worldOfSales();
    const { table, counts } = counting(world.table);
    const deps = { table, compression: nodeCompression, finals: new FinalCache() };
    const range = { from: from(0), to: from(60) };
    for (const of of [byShop, moving]) await answerAggregate(deps, of, range);
    const before = { ...counts };
    await world.add(0, [sale(2), sale(21, 'c')]);
    const { rows, windows } = await answerAggregate(deps, byShop, range);
    expect(rows.map(({ windowStart, metrics }) => [(windowStart - NOON) / MINUTE, metrics['sales']])).toEqual(
      [
        [0, 2],
        [10, 1],
        [10, 1],
        [20, 1],
        [30, 1],
        [40, 1],
        [50, 1],
      ],
    );
    expect(windows.filter(({ amended }) => amended)).toHaveLength(2);
    expect(counts).toEqual(before);
    const without = { table, compression: nodeCompression };
    expect(await answerAggregate(deps, moving, { from: from(-20), to: from(60) })).toEqual(
      await answerAggregate(without, moving, { from: from(-20), to: from(60) }),
    );
  });

  test('are no more than fit into the bytes that it may take', async () => {
    const world = await worldOfSales();
    const { table, counts } = counting(world.table);
    const deps = { table, compression: nodeCompression, finals: new FinalCache(600) };
    const range = { from: from(0), to: from(60) };
    const first = await answerAggregate(deps, byShop, range);
    expect(await answerAggregate(deps, byShop, range)).toEqual(first);
    expect(counts.finals).toBeGreaterThan(5);
  });

  test('are forgotten where the registry goes back: it is another table', async () => {
    const world = await worldOfSales();
    const finals = new FinalCache();
    const old = { table: toPort(world.table), compression: nodeCompression, finals };
    const range = { from: from(0), to: from(60) };
    expect((await answerAggregate(old, byShop, range)).rows).toHaveLength(6);
    const anew = { ...old, table: toPort(new MemoryTable()) };
    expect((await answerAggregate(anew, byShop, range)).rows).toEqual([]);
  });
});

describe('whatever is read before', () => {
  const FINALS = [0, 1, 3, 4, 7, 8];
  const key = { aggregate: 'by_shop', generation: 'g', levelMs: 10 };
  const read = fc.record({
    from: fc.option(fc.integer({ min: -30, max: 110 }), { nil: undefined }),
    to: fc.option(fc.integer({ min: -30, max: 110 }), { nil: undefined }),
  });

  test('a read gives what the table has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(read, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 110 }),
        fc.integer({ min: 1, max: 5000 }),
        async (reads, through, bytesMax) => {
          const memory = new MemoryTable();
          for (const window of FINALS) {
            const windowStart = (window * 10) as WindowStart;
            memory.writeFinal({ key: { ...key, windowStart }, bytes: Uint8Array.of(window) });
          }
          const cache = new FinalCache(bytesMax);
          const of = { name: key.aggregate, generation: key.generation };
          let finalThrough = through;
          for (const { from, to } of reads) {
            const range = {
              ...(from !== undefined && { from }),
              ...(to !== undefined && { to }),
            } as WindowRange;
            const level = { sizeMs: 10, everyMs: 10 } as never;
            const found = await cache.read(toPort(memory), of, level, range, finalThrough as EpochMs);
            const expected = FINALS.filter(
              (window) =>
                (from === undefined || window * 10 >= from) && (to === undefined || window * 10 < to),
            );
            const sorted = [...found].sort((a, b) => a.windowStart - b.windowStart);
            expect(sorted.map(({ bytes }) => bytes[0])).toEqual(expected);
            finalThrough += 10;
          }
        },
      ),
    );
  });
});
