import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, sum, tumbling } from 'weir';
import { nodeCompression } from '#adapters/node-compression.ts';
import { foldHead } from '#app/aggregate/fold-head.ts';
import { registerShard } from '#app/aggregate/register-shard.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Table, WindowRange } from '#app/ports/table.ts';
import { type AggregateRow, queryAggregate } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import type { EpochMs, ShardId, StreamId, WindowStart } from '#core/brand.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { nextHead } from '#core/protocol/next-head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { MemoryTable, toPort } from '../../simulation/memory-table.ts';

interface Sale {
  readonly at: number;
  readonly shop: string | number | boolean | null;
  readonly euros: number;
}

const HOUR = 3_600_000;
const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Sale }) },
};

function pipelineWith(groups: number) {
  return definePipeline({
    name: 'sales',
    schema,
    eventTime: ({ at }) => at,
    aggregates: {
      by_shop: {
        groupBy: ['shop'],
        window: tumbling('1h'),
        groups,
        metrics: { sales: count(), euros: sum('euros') },
      },
      all: { groupBy: [], window: tumbling('1h'), metrics: { sales: count() } },
    },
  });
}

const pipeline = pipelineWith(1000);
const shards: readonly ShardKey[] = [0, 1, 2].map((i) => ({
  stream: 'stream@1' as StreamId,
  shard: `shardId-${i}` as ShardId,
}));

function aggregateOf(of: typeof pipeline, name: string) {
  const aggregate = of.aggregates.find((each) => each.name === name);
  if (aggregate === undefined) throw new Error(`no aggregate ${name}`);
  return aggregate;
}

/** A table to which sales are committed, some of them folded. */
class Shop {
  readonly memory = new MemoryTable(true);
  readonly table: Table = toPort(this.memory);
  readonly #pipeline: typeof pipeline;

  constructor(of = pipeline) {
    this.#pipeline = of;
  }

  async commit(shard: ShardKey, sales: readonly Sale[], foldsNext: boolean): Promise<void> {
    await registerShard(this.table, shard);
    const deps = { table: this.table, compression: nodeCompression, cache: new WarmCache() };
    const head = this.memory.readHead(shard) ?? EMPTY_HEAD;
    await foldHead(deps, shard, head);
    const deltas = new BatchDeltas(this.#pipeline);
    for (const { at, ...rest } of sales) deltas.add({ event: { at, ...rest }, time: at as EpochMs }, null);
    const commit = {
      position: { sequence: parseSequence(String(head.rev)), events: null },
      ledger: { ...EMPTY_LEDGER, received: sales.length, aggregated: sales.length },
      deltas: deltas.deltas(),
      watermark: null,
      foldedBytes: new Map<string, number>(),
      pendingBytesSoft: foldsNext ? 0 : 1_000_000,
      suspect: null,
      crashes: null,
      newest: null,
      seen: null,
    };
    this.memory.writeHead(shard, nextHead(head, commit, nodeCompression).head);
  }

  query(range?: WindowRange, name = 'by_shop') {
    return queryAggregate(
      { table: this.table, compression: nodeCompression },
      aggregateOf(this.#pipeline, name),
      range,
    );
  }
}

const sale = fc.record({
  at: fc.integer({ min: -5 * HOUR, max: 5 * HOUR }),
  shop: fc.constantFrom<Sale['shop']>('a', 'b', '__proto__', '', null, 1, '1', true),
  euros: fc.integer({ min: 0, max: 1000 }),
});
const commits = fc.array(
  fc.tuple(fc.constantFrom(...shards), fc.array(sale, { maxLength: 8 }), fc.boolean()),
  {
    maxLength: 10,
  },
);
const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });

describe('the rows', () => {
  test('are what was committed, wherever it stands: in blocks, in heads, over several shards; within the range', async () => {
    await fc.assert(
      fc.asyncProperty(commits, bound, bound, async (made, from, to) => {
        const shop = new Shop();
        const naive = new Map<string, { start: number; shop: Sale['shop']; euros: number[] }>();
        for (const [shard, sales, foldsNext] of made) {
          await shop.commit(shard, sales, foldsNext);
          for (const { at, shop: name, euros } of sales) {
            const start = Math.floor(at / HOUR);
            if (from !== undefined && start < from) continue;
            if (to !== undefined && start >= to) continue;
            const key = JSON.stringify([start, name]);
            const cell = naive.get(key) ?? { start, shop: name, euros: [] };
            naive.set(key, { ...cell, euros: [...cell.euros, euros] });
          }
        }
        const range = {
          ...(from !== undefined && { from: (from * HOUR) as WindowStart }),
          ...(to !== undefined && { to: (to * HOUR) as WindowStart }),
        };
        const rows = await shop.query(range);
        const expected = [...naive.values()]
          .map(({ start, shop: name, euros }) => ({
            group: { shop: name },
            windowStart: start * HOUR,
            windowEnd: (start + 1) * HOUR,
            metrics: { sales: euros.length, euros: euros.reduce((a, b) => a + b, 0) },
          }))
          .sort((a, b) => {
            const [x, y] = [JSON.stringify([a.group.shop]), JSON.stringify([b.group.shop])];
            return a.windowStart - b.windowStart || (x < y ? -1 : 1);
          });
        expect(rows).toEqual(expected);
        // Of all together the same, without a group.
        const all = await shop.query(range, 'all');
        const sales = (some: readonly AggregateRow[]) =>
          some.reduce((total, { metrics }) => total + Number(metrics.sales ?? 0), 0);
        expect(sales(all)).toBe(sales(rows));
        expect(all.every(({ group }) => Object.keys(group).length === 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('are none of a pipeline that has not begun, and of a shard that is registered and has no head', async () => {
    const shop = new Shop();
    expect(await shop.query()).toEqual([]);
    await registerShard(shop.table, shards[0] as ShardKey);
    expect(await shop.query()).toEqual([]);
    expect(await readLedger(shop.table)).toEqual({
      total: EMPTY_LEDGER,
      finalThrough: null,
      shards: [{ shard: shards[0], head: EMPTY_HEAD, ledger: EMPTY_LEDGER, hasHoles: false }],
    });
  });

  test('do not have what another generation has counted', async () => {
    const [shard] = shards as [ShardKey];
    const shop = new Shop();
    await shop.commit(shard, [{ at: 0, shop: 'a', euros: 1 }], true);
    await shop.commit(shard, [{ at: HOUR, shop: 'a', euros: 1 }], false);
    const by_shop = aggregateOf(pipeline, 'by_shop');
    const changed = { ...by_shop, generation: 'another' };
    const deps = { table: shop.table, compression: nodeCompression };
    expect(await queryAggregate(deps, changed)).toEqual([]);
    expect(await queryAggregate(deps, { ...by_shop, name: 'all' })).toEqual([]);
    expect(await queryAggregate(deps, by_shop)).toHaveLength(2);
  });

  test('begin at `from` itself and end before `to`; a range the wrong way round has none', async () => {
    const [shard] = shards as [ShardKey];
    const shop = new Shop();
    const sales = [0, 1, 2, 3].map((hour) => ({ at: hour * HOUR, shop: 'a', euros: 1 }));
    await shop.commit(shard, sales.slice(0, 2), true);
    await shop.commit(shard, sales.slice(2), false);
    const hours = async (range: { from?: number; to?: number }) =>
      (await shop.query(range as WindowRange)).map(({ windowStart }) => windowStart / HOUR);
    expect(await hours({})).toEqual([0, 1, 2, 3]);
    expect(await hours({ from: HOUR })).toEqual([1, 2, 3]);
    expect(await hours({ from: HOUR + 1 })).toEqual([2, 3]);
    expect(await hours({ to: 2 * HOUR })).toEqual([0, 1]);
    expect(await hours({ to: 2 * HOUR + 1 })).toEqual([0, 1, 2]);
    expect(await hours({ from: HOUR, to: 3 * HOUR })).toEqual([1, 2]);
    expect(await hours({ from: HOUR, to: HOUR })).toEqual([]);
    expect(await hours({ from: 2 * HOUR, to: HOUR })).toEqual([]);
  });
});

describe('groups over the cap', () => {
  test('are one group __other__, over shards too, and no event is missing', async () => {
    const capped = pipelineWith(3);
    const shop = new Shop(capped);
    let euros = 0;
    for (const [i, shard] of shards.entries()) {
      for (const foldsNext of [true, false]) {
        const sales = Array.from({ length: 10 }, (_, k) => ({ at: 5, shop: `shop-${i}-${k}`, euros: k }));
        await shop.commit(shard, sales, foldsNext);
        euros += 45;
      }
    }
    const rows = await shop.query();
    expect(rows.map(({ group }) => group.shop)).toContain('__other__');
    expect(rows).toHaveLength(4);
    expect(rows.reduce((total, { metrics }) => total + Number(metrics.euros ?? 0), 0)).toBe(euros);
    expect(rows.reduce((total, { metrics }) => total + Number(metrics.sales ?? 0), 0)).toBe(60);
  });

  test('are not to be confused with a group that is called so', async () => {
    const shop = new Shop(pipelineWith(1));
    const [shard] = shards as [ShardKey];
    await shop.commit(shard, [{ at: 0, shop: '__other__', euros: 5 }], true);
    await shop.commit(shard, [{ at: 0, shop: 'b', euros: 7 }], true);
    await shop.commit(shard, [{ at: 0, shop: '__other__', euros: 1 }], false);
    expect(
      (await shop.query()).map(({ metrics }) => metrics.euros).toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual([6, 7]);
  });
});

describe('a reader that is overtaken', () => {
  test('at any moment of its reads sees all that was committed before it began, and nothing twice', async () => {
    const [shard] = shards as [ShardKey];
    const before = [{ at: 0, shop: 'a', euros: 1 }];
    // The reads are: registry, head, then pages of blocks.
    for (let moment = 0; moment < 5; moment++) {
      const shop = new Shop();
      await shop.commit(shard, before, true);
      await shop.commit(shard, before, false);
      await shop.commit(shard, before, true);
      let reads = 0;
      const overtake = async () => {
        if (reads++ !== moment) return;
        await shop.commit(shard, before, true);
        await shop.commit(shard, [], false);
      };
      const { table } = shop;
      const overtaken: Table = {
        ...table,
        readRegistry: async () => (await overtake(), table.readRegistry()),
        readHead: async (key) => (await overtake(), table.readHead(key)),
        async *readBlocks(key, aggregate, range) {
          await overtake();
          for await (const block of table.readBlocks(key, aggregate, range)) {
            yield block;
            await overtake();
          }
        },
      };
      const rows = await queryAggregate(
        { table: overtaken, compression: nodeCompression },
        aggregateOf(pipeline, 'by_shop'),
      );
      expect(rows).toHaveLength(1);
      expect([3, 4]).toContain(rows[0]?.metrics.sales);
    }
  });
});

test('the ledger is the sum over the shards', async () => {
  const shop = new Shop();
  for (const [i, shard] of shards.entries()) {
    await shop.commit(
      shard,
      Array.from({ length: i + 1 }, () => ({ at: 0, shop: 'a', euros: 1 })),
      false,
    );
  }
  const { total, shards: each } = await readLedger(shop.table);
  expect(total).toEqual({ ...EMPTY_LEDGER, received: 6, aggregated: 6 });
  expect(each.map(({ head }) => head.ledger.received)).toEqual([1, 2, 3]);
});
