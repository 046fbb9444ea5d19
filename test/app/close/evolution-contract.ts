import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { count, definePipeline, max, mean, min, session, sum, tumbling } from 'weir';
import type { Table } from '#app/ports/table.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

interface Sale {
  readonly at: number;
  readonly shop: string;
  readonly euros: number;
  /** Which the schema has from some time on. */
  readonly tip?: number;
}
const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as never }) },
};

type Metrics = Parameters<typeof define>[0];
function define(
  metrics: Record<string, ReturnType<typeof count<Sale>> | ReturnType<typeof sum<'euros', Sale>>>,
  {
    groupBy = ['shop'] as ('shop' | 'euros')[],
    retention = undefined as Record<string, string> | undefined,
    rollup = ['30m'],
    size = '10m',
    allowedLateness = '5m',
    name = 'by_shop',
    where = undefined as ((event: Sale) => boolean) | undefined,
  } = {},
) {
  const window = tumbling(size, { rollup, ...(retention !== undefined && { retention }) });
  return definePipeline({
    name: 'sales',
    schema,
    eventTime: ({ at }: Sale) => at,
    allowedLateness,
    aggregates: { [name]: { groupBy, window, metrics, ...(where !== undefined && { where }) } },
  });
}

const BEFORE: Metrics = { sales: count(), euros: sum('euros') };
const sale = (minute: number, shop = 'a', euros = 1, tip?: number): Sale => ({
  at: NOON + minute * MINUTE,
  shop,
  euros,
  ...(tip !== undefined && { tip }),
});

/** [minute, group, metrics, partial] of each row. */
async function rows(world: CloseWorld, levelMs = 10 * MINUTE) {
  const { rows: found, windows } = await world.answer({ levelMs });
  return found.map(({ group, metrics, windowStart }) => [
    (windowStart - NOON) / MINUTE,
    Object.values(group).join(),
    metrics,
    windows.find((each) => each.windowStart === windowStart)?.partial ?? [],
  ]);
}

/** Where tables are kept. */
export interface Store {
  /** One of a pipeline that has nothing yet. */
  newTable(): Table;
  close(): Promise<void>;
}

/** What is said of changing definitions (`docs/schema-evolution.md`), of one kind of table. */
export function evolutionContract(name: string, open: () => Promise<Store>): void {
  describe(`changing a definition, on ${name}`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    /**
     * What the first definition leaves at every level: a final and a roll-up, a late block and a late delta, and in the
     * window that is open a block and a delta in the head.
     */
    async function worldBefore(): Promise<CloseWorld> {
      const world = new CloseWorld(define(BEFORE), 1, NOON + 55 * MINUTE, store.newTable());
      await world.add(0, [sale(1, 'a', 2), sale(12, 'b', 3), sale(25), sale(41, 'a', 7), sale(49)]);
      world.put(0, [sale(49)]);
      await world.closeUntilDone();
      await world.count(0);
      await world.add(0, [sale(3, 'a', 10), sale(4, 'c', 20)]);
      await world.add(0, [sale(44, 'b', 30)]);
      world.put(0, [sale(49)]);
      return world;
    }

    describe('a metric that is added', () => {
      const AFTER: Metrics = { ...BEFORE, most: max('euros'), least: min('tip' as 'euros') };

      test('leaves all that was counted before readable, at every level, and is null there', async () => {
        const world = await worldBefore();
        world.deploy(define(AFTER));
        const none = { most: null, least: null };
        const before = [
          [0, 'a', { sales: 2, euros: 12, ...none }, ['most', 'least']],
          [0, 'c', { sales: 1, euros: 20, ...none }, ['most', 'least']],
          [10, 'b', { sales: 1, euros: 3, ...none }, ['most', 'least']],
          [20, 'a', { sales: 1, euros: 1, ...none }, ['most', 'least']],
          [40, 'a', { sales: 3, euros: 9, ...none }, ['most', 'least']],
          [40, 'b', { sales: 1, euros: 30, ...none }, ['most', 'least']],
        ];
        expect(await rows(world)).toEqual(before);
        expect(await rows(world, 30 * MINUTE)).toEqual([
          [0, 'a', { sales: 3, euros: 13, ...none }, ['most', 'least']],
          [0, 'b', { sales: 1, euros: 3, ...none }, ['most', 'least']],
          [0, 'c', { sales: 1, euros: 20, ...none }, ['most', 'least']],
          [30, 'a', { sales: 3, euros: 9, ...none }, ['most', 'least']],
          [30, 'b', { sales: 1, euros: 30, ...none }, ['most', 'least']],
        ]);
        await world.closeUntilDone();
        expect(await rows(world)).toEqual(before);
      });

      test('is partial in the window of the switch, open and final, and whole afterwards', async () => {
        const world = await worldBefore();
        world.deploy(define(AFTER));
        world.now = NOON + 80 * MINUTE;
        await world.add(0, [sale(45, 'a', 5, 0.5), sale(46, 'd', 6), sale(61, 'a', 8, 2), sale(75)]);
        const expected = [
          [40, 'a', { sales: 5, euros: 15, most: 5, least: 0.5 }, ['most', 'least']],
          [40, 'b', { sales: 1, euros: 30, most: null, least: null }, ['most', 'least']],
          [40, 'd', { sales: 1, euros: 6, most: 6, least: null }, ['most', 'least']],
          [60, 'a', { sales: 1, euros: 8, most: 8, least: 2 }, []],
        ];
        const fromSwitch = async () =>
          (await rows(world)).filter(([minute]) => Number(minute) >= 40 && Number(minute) < 70);
        expect(await fromSwitch()).toEqual(expected);
        world.put(0, [sale(76)]);
        await world.closeUntilDone();
        const { windows } = await world.answer();
        expect(windows.find(({ windowStart }) => windowStart === NOON + 40 * MINUTE)?.final).toBe(true);
        expect(await fromSwitch()).toEqual(expected);
        // The half hour of the switch, rolled up from finals of both definitions.
        const [half] = (await rows(world, 30 * MINUTE)).filter(([minute]) => minute === 30);
        expect(half).toEqual([30, 'a', { sales: 5, euros: 15, most: 5, least: 0.5 }, ['most', 'least']]);
        // What comes late now amends the windows that the old definition has made final.
        await world.add(0, [sale(13, 'b', 100)]);
        expect((await rows(world)).find(([minute]) => minute === 10)).toEqual([
          10,
          'b',
          { sales: 2, euros: 103, most: 100, least: null },
          ['most', 'least'],
        ]);
      });

      test('is in the finals of windows that an older close has passed before the newer one came', async () => {
        const world = await worldBefore();
        const [older, newer] = [define(BEFORE), define(AFTER)];
        world.deploy(newer);
        world.now = NOON + 80 * MINUTE;
        await world.add(0, [sale(52, 'a', 5), sale(75)]);
        world.put(0, [sale(76)]);
        // The function `close` is deployed last.
        world.deploy(older);
        await world.closeUntilDone();
        expect((await world.registryNow()).finalThrough).toBeGreaterThanOrEqual(NOON + 60 * MINUTE);
        world.deploy(newer);
        await world.closeUntilDone();
        const found = (await rows(world)).filter(([minute]) => minute === 50);
        expect(found).toEqual([[50, 'a', { sales: 1, euros: 5, most: 5, least: null }, []]]);
      });

      test('is in those finals also where it was counted in a shard that has left the registry meanwhile', async () => {
        const [older, newer] = [define(BEFORE), define(AFTER)];
        const world = new CloseWorld(older, 2, NOON + 55 * MINUTE, store.newTable());
        await world.add(0, [sale(49)]);
        await world.add(1, [sale(42, 'b')]);
        await world.closeUntilDone();
        world.deploy(newer);
        world.now = NOON + 80 * MINUTE;
        await world.add(1, [sale(52, 'b', 5), sale(53, 'c', 6)]);
        world.shard(1).closed = true;
        await world.add(0, [sale(54, 'b', 7), sale(75)]);
        world.put(0, [sale(76)]);
        world.deploy(older);
        expect(await world.closeUntilDone()).toMatchObject({ gone: 1 });
        world.deploy(newer);
        await world.closeUntilDone();
        expect((await rows(world)).filter(([minute]) => minute === 50)).toEqual([
          [50, 'b', { sales: 2, euros: 12, most: 7, least: null }, []],
          [50, 'c', { sales: 1, euros: 6, most: 6, least: null }, []],
        ]);
      });

      test('and taken back again by a rollback loses nothing of either', async () => {
        const world = await worldBefore();
        world.deploy(define(AFTER));
        await world.closeUntilDone();
        await world.add(0, [sale(45, 'a', 5)]);
        world.deploy(define(BEFORE));
        await world.add(0, [sale(46, 'a', 100)]);
        const found = (await rows(world)).filter(([minute, shop]) => minute === 40 && shop === 'a');
        expect(found).toEqual([[40, 'a', { sales: 6, euros: 115 }, []]]);
      });
    });

    describe('of a definition that changes', () => {
      const at = (minute: number, all: unknown[][]) => all.filter(([each]) => each === minute);

      test('a metric that is removed is gone, and the others stay as they are', async () => {
        const world = await worldBefore();
        world.deploy(define({ sales: count() }));
        expect(at(10, await rows(world))).toEqual([[10, 'b', { sales: 1 }, []]]);
      });

      test('a metric of the same name and another kind or field is another metric: never one number of both', async () => {
        for (const euros of [mean('euros'), sum('tip' as 'euros'), sum('euros', { where: () => true })]) {
          const world = await worldBefore();
          await world.count(0);
          world.deploy(define({ sales: count(), euros }));
          await world.add(0, [sale(45, 'b', 8, 8)]);
          const [a, b] = at(40, await rows(world));
          expect(a).toEqual([40, 'a', { sales: 4, euros: null }, ['euros']]);
          expect(b).toEqual([40, 'b', { sales: 2, euros: 8 }, ['euros']]);
        }
      });

      test('another group-by, window or name, or a where of its own, is apart, and begins anew', async () => {
        for (const options of [
          { groupBy: ['shop', 'euros'] as never },
          { size: '5m' },
          { name: 'other' },
          { where: () => true },
        ]) {
          const world = await worldBefore();
          world.deploy(define(BEFORE, options));
          const { rows: found } = await world.answer();
          expect(found).toEqual([]);
          // And back: what was counted is still there.
          world.deploy(define(BEFORE));
          expect(await rows(world)).toHaveLength(6);
        }
      });

      test('a roll-up, a retention or an allowed lateness changes no value', async () => {
        const world = await worldBefore();
        const before = await rows(world);
        for (const options of [
          { rollup: ['30m', '1h'] },
          { rollup: [] },
          { allowedLateness: '3h' },
          { retention: { '10m': '90d', '30m': '365d' } },
        ]) {
          world.deploy(define(BEFORE, options));
          expect(await rows(world)).toEqual(before);
        }
      });

      test('an aggregate that is added begins then, one that is removed is gone, and neither changes another', async () => {
        const one = define(BEFORE);
        const both = {
          ...one,
          aggregates: [...one.aggregates, ...define({ sales: count() }, { name: 'again' }).aggregates],
        };
        const world = await worldBefore();
        const before = await rows(world);
        world.deploy(both);
        expect(await rows(world)).toEqual(before);
        const again = async () => {
          const { rows: found, windows } = await world.answer({}, both.aggregates[1]);
          return found.map(({ group, metrics, windowStart }) => {
            const state = windows.find((each) => each.windowStart === windowStart);
            return [(windowStart - NOON) / MINUTE, group['shop'], metrics['sales'], state?.final];
          });
        };
        // The event that was put, and not yet counted.
        expect(await again()).toEqual([]);
        world.now = NOON + 80 * MINUTE;
        await world.add(0, [sale(47, 'a'), sale(58, 'b'), sale(71, 'a'), sale(72, 'b')]);
        await world.closeUntilDone();
        const had = await again();
        expect(had.map(([minute, shop, sales]) => [minute, shop, sales])).toEqual([
          [40, 'a', 2],
          [50, 'b', 1],
          [70, 'a', 1],
          [70, 'b', 1],
        ]);
        const other = await rows(world);
        world.deploy(one);
        expect(await rows(world)).toEqual(other);
        world.now = NOON + 100 * MINUTE;
        await world.add(0, [sale(73, 'a'), sale(95)]);
        await world.closeUntilDone();
        expect(
          (await rows(world)).find(([minute, shop]) => minute === 70 && shop === 'a')?.[2],
        ).toMatchObject({
          sales: 2,
        });
        // It comes back with all that was final by then, and without the window that was open: nobody closed it.
        world.deploy(both);
        expect(await again()).toEqual(had.slice(0, 2));
        await world.closeUntilDone();
        expect(await again()).toEqual(had.slice(0, 2));
      });

      test('what a where says is not noticed: one number of both, and nothing says so', async () => {
        const of = (where: (event: Sale) => boolean) =>
          define({ sales: count(), euros: sum('euros', { where }) });
        const world = new CloseWorld(
          of(() => true),
          1,
          NOON + 55 * MINUTE,
          store.newTable(),
        );
        await world.add(0, [sale(41, 'a', 7)]);
        world.deploy(of(({ euros }) => euros > 5));
        await world.add(0, [sale(42, 'a', 2), sale(43, 'a', 10)]);
        expect(await rows(world)).toEqual([[40, 'a', { sales: 3, euros: 17 }, []]]);
      });

      test('sessions begin anew with other metrics or another gap, and the old ones are found by a rollback', async () => {
        const of = (metrics: Metrics, gap: string) =>
          definePipeline({
            name: 'sales',
            schema,
            eventTime: ({ at }: Sale) => at,
            allowedLateness: '5m',
            aggregates: { by_shop: { groupBy: ['shop'], window: session({ gap }), metrics } },
          });
        const found = async (world: CloseWorld) =>
          (await world.answer()).rows.map(({ metrics, windowEnd, windowStart }) => [
            (windowStart - NOON) / MINUTE,
            (windowEnd - NOON) / MINUTE,
            metrics,
          ]);
        for (const changed of [of({ ...BEFORE, most: max('euros') }, '10m'), of(BEFORE, '20m')]) {
          const world = new CloseWorld(of(BEFORE, '10m'), 1, NOON + 55 * MINUTE, store.newTable());
          await world.add(0, [sale(41, 'a', 7), sale(49, 'a', 1)]);
          const before = await found(world);
          expect(before).toHaveLength(1);
          expect(before[0]?.[2]).toEqual({ sales: 2, euros: 8 });
          world.deploy(changed);
          expect(await found(world)).toEqual([]);
          // Within the gap of the old session, and yet one of its own.
          await world.add(0, [sale(50, 'a', 4)]);
          const after = await found(world);
          expect(after).toHaveLength(1);
          expect(after[0]?.[2]).toMatchObject({ sales: 1, euros: 4 });
          world.deploy(of(BEFORE, '10m'));
          expect(await found(world)).toEqual(before);
        }
      });

      test('the last five of an aggregate are kept', async () => {
        const world = await worldBefore();
        for (let i = 0; i < 8; i++) {
          world.deploy(define({ ...BEFORE, [`metric_${i}`]: max('euros') }));
          await world.closeUntilDone();
        }
        expect((await world.registryNow()).definitions).toHaveLength(5);
        expect(await rows(world)).toHaveLength(0);
      });
    });
  });
}
