import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, hopping, sum } from 'weir';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

interface Sale {
  readonly at: number;
  readonly shop: string;
  readonly euros: number;
}

const MINUTE = 60_000;
const SIZE = 30 * MINUTE;
const EVERY = 10 * MINUTE;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Sale> },
};
const pipeline = definePipeline({
  name: 'sales',
  schema,
  eventTime: ({ at }: Sale) => at,
  allowedLateness: '5m',
  aggregates: {
    by_shop: {
      groupBy: ['shop'],
      window: hopping('30m', { every: '10m' }),
      metrics: { sales: count(), euros: sum('euros') },
    },
  },
});

/** What each window has, straight from the events: a window's start, its shop, sales and euros. */
function naive(sales: readonly Sale[]): unknown[] {
  const windows = new Map<string, [number, string, number, number]>();
  for (const { at, shop, euros } of sales) {
    const last = Math.floor(at / EVERY) * EVERY;
    for (let start = last; start > at - SIZE; start -= EVERY) {
      const key = `${start}|${shop}`;
      const [, , n, sum] = windows.get(key) ?? [start, shop, 0, 0];
      windows.set(key, [start, shop, n + 1, sum + euros]);
    }
  }
  return [...windows.values()].sort(([a, shopA], [b, shopB]) => a - b || (shopA < shopB ? -1 : 1));
}

async function answered(world: CloseWorld, question = {}): Promise<unknown[]> {
  const { rows } = await world.answer(question);
  return rows.map(({ group, metrics, windowStart, windowEnd }) => {
    expect(windowEnd - windowStart).toBe(SIZE);
    return [windowStart, group['shop'], metrics['sales'], metrics['euros']];
  });
}

const sale = fc.record({
  minute: fc.integer({ min: 0, max: 120 }),
  shop: fc.constantFrom('a', 'b'),
  euros: fc.integer({ min: -9, max: 9 }),
  shard: fc.integer({ min: 0, max: 1 }),
});
const step = fc.oneof(
  { weight: 4, arbitrary: sale },
  { weight: 1, arbitrary: fc.constant('close' as const) },
);

describe('hopping windows', () => {
  test('have what a plain count over the events has, in whatever order those come and windows are closed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = new CloseWorld(pipeline, 2, NOON + 121 * MINUTE);
        const sales: Sale[] = [];
        for (const one of steps) {
          if (one === 'close') {
            await world.closeUntilDone();
            continue;
          }
          const { minute, shard, ...rest } = one;
          const made = { ...rest, at: NOON + minute * MINUTE };
          sales.push(made);
          await world.add(shard, [made]);
        }
        const expected = naive(sales);
        expect(await answered(world)).toEqual(expected);
        await world.closeUntilDone();
        expect(await answered(world)).toEqual(expected);
        const from = NOON + 17 * MINUTE;
        const to = NOON + 65 * MINUTE;
        const isIn = (row: unknown) => {
          const [start] = row as [number];
          return start >= from && start < to;
        };
        expect(await answered(world, { from, to })).toEqual(expected.filter(isIn));
      }),
      { numRuns: 60 },
    );
  });

  test('are final one by one, and then take one item to read', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 37 * MINUTE);
    await world.add(0, [
      { at: NOON + 5 * MINUTE, shop: 'a', euros: 1 },
      { at: NOON + 15 * MINUTE, shop: 'a', euros: 2 },
      { at: NOON + 36 * MINUTE, shop: 'a', euros: 4 },
    ]);
    await world.closeUntilDone();
    const { rows, windows } = await world.answer();
    const minutes = (time: number) => (time - NOON) / MINUTE;
    // Through minute 31: the windows from -20, -10 and 0 are over.
    expect(windows.map(({ windowStart, final }) => [minutes(windowStart), final])).toEqual([
      [-20, true],
      [-10, true],
      [0, true],
      [10, false],
      [20, false],
      [30, false],
    ]);
    expect(rows.map(({ metrics }) => metrics['euros'])).toEqual([1, 3, 3, 6, 4, 4]);
    expect(
      world.announced.filter(({ levelMs }) => levelMs === SIZE).map(({ totals }) => totals['euros']),
    ).toEqual([1, 3, 3]);
  });
});
