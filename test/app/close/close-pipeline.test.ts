import { describe, expect, test } from 'vitest';
import { count, definePipeline, sum, tumbling } from 'weir';
import { closePipeline } from '#app/close/close-pipeline.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Table } from '#app/ports/table.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

interface Sale {
  readonly at: number;
  readonly shop: string;
  readonly euros: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Sale> },
};
const common = { name: 'sales', schema, eventTime: ({ at }: Sale) => at, allowedLateness: '5m' };
const pipeline = definePipeline({
  ...common,
  aggregates: {
    by_shop: {
      groupBy: ['shop'],
      window: tumbling('10m', { rollup: ['30m', '1h'] }),
      metrics: { sales: count(), euros: sum('euros') },
    },
  },
});
const [BASE, HALF, FULL] = [10 * MINUTE, 30 * MINUTE, HOUR];

/** A sale some minutes after noon. */
const sale = (minute: number, shop = 'a', euros = 1): Sale => ({ at: NOON + minute * MINUTE, shop, euros });
const minutes = (time: number | null | undefined) =>
  time === null || time === undefined ? time : (time - NOON) / MINUTE;

/** A world of some shards at some minutes after noon. */
const worldAt = (minute: number, shards = 1) => new CloseWorld(pipeline, shards, NOON + minute * MINUTE);

/** Start, whether final, and sales of each window. */
async function windows(world: CloseWorld, levelMs = BASE) {
  const { rows, windows: states } = await world.answer({ levelMs });
  return states.map(({ windowStart, final, amended }) => [
    minutes(windowStart),
    final ? (amended ? 'amended' : 'final') : 'open',
    rows
      .filter((row) => row.windowStart === windowStart)
      .reduce((total, { metrics }) => total + Number(metrics.sales), 0),
  ]);
}

describe('a window', () => {
  test('is final when all shards have left it behind, and no sooner', async () => {
    const world = worldAt(26, 2);
    await world.add(0, [sale(1), sale(2), sale(25)]);
    await world.add(1, [sale(3, 'b'), sale(12)]);
    world.put(1, [sale(13)]);
    const report = await world.close();
    expect(report).toMatchObject({ finals: 0, unfinished: undefined });
    expect(minutes(report.closedThrough)).toBe(7);
    expect(await windows(world)).toEqual([
      [0, 'open', 3],
      [10, 'open', 1],
      [20, 'open', 1],
    ]);
    await world.add(1, [sale(15)]);
    world.put(1, [sale(16)]);
    expect(await world.close()).toMatchObject({
      finals: 1,
      closedThrough: NOON + BASE,
      finalThrough: NOON + BASE,
    });
    expect(await windows(world)).toEqual([
      [0, 'final', 3],
      [10, 'open', 3],
      [20, 'open', 1],
    ]);
  });

  test('that gets more after that is amended; its final stays', async () => {
    const world = worldAt(26);
    await world.add(0, [sale(1), sale(22)]);
    world.put(0, [sale(23)]);
    await world.close();
    await world.add(0, [sale(2, 'b', 5)]);
    expect(world.head(0).ledger).toMatchObject({ received: 4, aggregated: 3, late: 1 });
    expect((await windows(world))[0]).toEqual([0, 'amended', 2]);
    const { items } = world.table.readFinals(pipeline.aggregates[0] as never, BASE, {}, { itemsMax: 9 });
    expect(items).toHaveLength(1);
    await world.closeUntilDone();
    expect((await windows(world))[0]).toEqual([0, 'amended', 2]);
  });

  test('is announced with all its groups together', async () => {
    const world = worldAt(26);
    await world.add(0, [sale(1, 'a', 2), sale(2, 'b', 3), sale(22)]);
    world.put(0, [sale(23)]);
    await world.close();
    expect(world.announced).toEqual([
      {
        aggregate: 'by_shop',
        levelMs: BASE,
        windowStart: NOON,
        windowEnd: NOON + BASE,
        groups: 2,
        totals: { euros: 5, sales: 2 },
      },
    ]);
  });

  test('is announced as its final has it, even by a run that finds less: one so slow that blocks have gone', async () => {
    const world = worldAt(26, 2);
    await world.add(0, [sale(1, 'a', 2), sale(22)]);
    await world.add(1, [sale(2, 'b', 3), sale(22)]);
    for (const at of [0, 1]) world.put(at, [sale(23)]);
    world.fault = (_, call) => (call === 'announce' ? 'before' : undefined);
    await expect(world.close()).rejects.toThrow(DependencyError);
    world.fault = () => undefined;
    const deps = world.deps();
    const readHead: Table['readHead'] = async (shard) => {
      const head = await deps.table.readHead(shard);
      return head && (shard.shard === world.shard(1).key.shard ? { ...head, pending: [] } : head);
    };
    await closePipeline({ ...deps, table: { ...deps.table, readHead } }, world.now + MINUTE);
    expect(world.announced).toMatchObject([{ groups: 2, totals: { euros: 5, sales: 2 } }]);
  });

  test('is rolled up from finals, when the larger one is over too', async () => {
    const world = worldAt(70);
    await world.add(0, [sale(1), sale(11), sale(21), sale(35)]);
    world.put(0, [sale(36)]);
    await world.close();
    expect(await windows(world, HALF)).toEqual([
      [0, 'final', 3],
      [30, 'open', 1],
    ]);
    expect(await windows(world, FULL)).toEqual([[0, 'open', 4]]);
    await world.add(0, [sale(3), sale(59), sale(66)]);
    world.put(0, [sale(67)]);
    await world.close();
    expect(await windows(world, HALF)).toEqual([
      [0, 'amended', 4],
      [30, 'final', 3],
      [60, 'open', 1],
    ]);
    expect(await windows(world, FULL)).toEqual([
      [0, 'amended', 7],
      [60, 'open', 1],
    ]);
    const of = { name: 'by_shop', generation: pipeline.aggregates[0]?.generation ?? '' };
    const finals = [BASE, HALF, FULL].map((levelMs) =>
      world.table
        .readFinals(of, levelMs, {}, { itemsMax: 99 })
        .items.map(({ key }) => minutes(key.windowStart)),
    );
    expect(finals).toEqual([[0, 10, 20, 30, 50], [0, 30], [0]]);
  });

  test('is kept at least until the roll-up is made of it, and a month longer than it is shown', async () => {
    const kept = definePipeline({
      ...common,
      aggregates: {
        by_shop: {
          groupBy: ['shop'],
          window: tumbling('10m', { rollup: ['30m', '1h'], retention: { '10m': '10m', '30m': '5h' } }),
          metrics: { sales: count() },
        },
      },
    });
    const world = new CloseWorld(kept, 1, NOON + 80 * MINUTE);
    await world.add(0, [sale(1), sale(79)]);
    await world.close();
    const MONTH = 30 * 24 * HOUR;
    expect(world.kept).toEqual([
      [BASE, MONTH + BASE + HALF],
      [HALF, MONTH + 5 * HOUR + FULL],
      [FULL, null],
    ]);
  });

  test('of the years 1 and 9999 is closed without a step through the time between', async () => {
    const [first, last] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T22:00:00Z')];
    const world = new CloseWorld(pipeline, 1, last + 6 * MINUTE);
    await world.add(0, [{ ...sale(0), at: first }]);
    await world.add(0, [{ ...sale(0), at: last }]);
    world.calls.length = 0;
    expect(await world.close()).toMatchObject({ finals: 3 });
    expect(world.calls.length).toBeLessThan(15);
  });
});

describe('a shard in which nothing is left', () => {
  test('follows the least of the others, since it holds up nobody', async () => {
    const world = worldAt(60, 3);
    await world.add(0, [sale(1)]);
    await world.add(1, [sale(40)]);
    await world.add(2, [sale(50)]);
    world.put(1, [sale(41)]);
    world.put(2, [sale(51)]);
    expect(await world.close()).toMatchObject({ idle: 1 });
    expect([0, 1, 2].map((at) => minutes(world.head(at).watermark))).toEqual([35, 35, 45]);
    expect(minutes(world.registry.closedThrough)).toBe(35);
  });

  test('that has never had anything does not hold up the others either', async () => {
    const world = worldAt(60, 2);
    await world.add(0, [sale(40)]);
    world.put(0, [sale(41)]);
    await world.close();
    expect(minutes(world.head(1).watermark)).toBe(35);
    expect(minutes(world.registry.finalThrough)).toBe(35);
  });

  test('is not one in which something is left: that is waited for, however old it is', async () => {
    const world = worldAt(60, 2);
    await world.add(0, [sale(50)]);
    world.put(1, [sale(1)]);
    expect(await world.close()).toMatchObject({ idle: 0, closedThrough: null });
    await world.count(1);
    expect(world.head(1).ledger).toMatchObject({ aggregated: 1, late: 0 });
  });

  test('of a stream that stands still is closed by the clock, a while later', async () => {
    const world = worldAt(10, 2);
    await world.add(0, [sale(9)]);
    await world.add(1, [sale(2)]);
    await world.close();
    expect([0, 1].map((at) => minutes(world.head(at).watermark))).toEqual([4, 4]);
    world.now = NOON + 3 * HOUR;
    await world.close();
    const through = minutes(world.registry.finalThrough) ?? Number.NaN;
    expect(through).toBeGreaterThan(170);
    expect(through).toBeLessThan(180 - 5);
    expect(await windows(world)).toEqual([[0, 'final', 2]]);
  });

  test('of a source that is always half an hour behind is closed at the pace of the clock, and not up to it', async () => {
    const world = worldAt(40, 1);
    await world.add(0, [sale(10)]);
    world.now = NOON + 60 * MINUTE;
    await world.close();
    expect(minutes(world.head(0).watermark)).toBe(10 - 5 + 20 - 1);
    await world.add(0, [sale(30)]);
    expect(world.head(0).ledger).toMatchObject({ aggregated: 2, late: 0 });
  });

  test('of a replay is not closed by the clock: what comes next may be as old', async () => {
    const world = worldAt(24 * 60, 2);
    await world.add(0, [sale(9)]);
    await world.add(1, [sale(2)]);
    await world.close();
    await world.close();
    expect([0, 1].map((at) => minutes(world.head(at).watermark))).toEqual([4, 4]);
    await world.add(0, [sale(9)]);
    expect(world.head(0).ledger.late).toBe(0);
  });
});

describe('a shard that joins', () => {
  test('is registered by close, and begins with what is closed', async () => {
    const world = worldAt(60);
    await world.add(0, [sale(50)]);
    world.put(0, [sale(51)]);
    await world.close();
    expect(minutes(world.registry.closedThrough)).toBe(45);
    const child = world.addShard();
    world.put(child, [sale(5), sale(47)]);
    await world.close();
    expect(world.registry.shards).toHaveLength(2);
    expect(minutes(world.head(child).watermark)).toBe(45);
    await world.count(child);
    expect(world.head(child).ledger).toMatchObject({ received: 2, late: 1, aggregated: 1 });
  });

  test('does the same where its first batch is before close', async () => {
    const world = worldAt(60);
    await world.add(0, [sale(50)]);
    world.put(0, [sale(51)]);
    await world.close();
    const child = world.addShard();
    await world.add(child, [sale(5), sale(47)]);
    expect(world.head(child).ledger).toMatchObject({ received: 2, late: 1, aggregated: 1 });
    expect(minutes(world.head(child).watermark)).toBe(45);
  });
});

describe('a shard that has ended', () => {
  /** The first shard is closed and counted, the second goes on; the first holds windows to minute 50. */
  async function endedWorld(): Promise<CloseWorld> {
    const world = worldAt(60, 2);
    await world.add(0, [sale(1), sale(45)]);
    await world.add(0, [sale(3)]);
    world.shard(0).closed = true;
    await world.add(1, [sale(30)]);
    world.put(1, [sale(31)]);
    return world;
  }

  test('is folded, holds up nothing, and leaves the registry when its last window is final', async () => {
    const world = await endedWorld();
    expect(world.head(0).pending).not.toEqual([]);
    await world.close();
    expect(world.head(0)).toMatchObject({ ended: true, pending: [] });
    expect(minutes(world.registry.finalThrough)).toBe(25);
    expect(world.registry).toMatchObject({ gone: [], shards: [world.shard(0).key, world.shard(1).key] });
    await world.add(1, [sale(56)]);
    world.put(1, [sale(56)]);
    expect(await world.close()).toMatchObject({ gone: 1 });
    const { ledger } = world.head(0);
    expect(world.registry).toMatchObject({
      shards: [world.shard(1).key],
      gone: [world.shard(0).key],
      goneLedger: ledger,
    });
    expect(ledger).toMatchObject({ received: 3, late: 1 });
    // Its late event is found though nobody looks at its head any more.
    expect((await windows(world))[0]).toEqual([0, 'amended', 2]);
    await world.close();
    expect(world.registry.shards).toEqual([world.shard(1).key]);
  });

  test('is forgotten when the stream has forgotten it', async () => {
    const world = await endedWorld();
    await world.add(1, [sale(56)]);
    world.put(1, [sale(56)]);
    await world.close();
    expect(world.registry.gone).toHaveLength(1);
    world.shard(0).isListed = false;
    await world.close();
    expect(world.registry.gone).toEqual([]);
    expect(world.registry.goneLedger.received).toBe(3);
  });

  test('is one of a stream that was made again, whatever was left in it', async () => {
    const world = worldAt(60, 1);
    await world.add(0, [sale(1), sale(55)]);
    world.put(0, [sale(56)]);
    world.shard(0).isListed = false;
    const again = world.addShard('stream@2');
    await world.add(again, [sale(58)]);
    world.put(again, [sale(59)]);
    await world.close();
    expect(world.head(0)).toMatchObject({ ended: true, pending: [] });
    expect(minutes(world.registry.closedThrough)).toBe(53);
    await world.add(again, [sale(69)], NOON + 70 * MINUTE);
    world.put(again, [sale(69)], NOON + 70 * MINUTE);
    await world.close();
    expect(world.registry).toMatchObject({ shards: [world.shard(again).key], gone: [] });
    expect((await windows(world))[0]).toEqual([0, 'final', 1]);
  });

  test('has not while something in it is not counted', async () => {
    const world = await endedWorld();
    world.put(0, [sale(46)]);
    await world.close();
    expect(world.head(0).ended).toBe(false);
    await world.count(0);
    await world.close();
    expect(world.head(0).ended).toBe(true);
  });
});

describe('a run that is interrupted', () => {
  /** Two shards with something to close, to raise, to end and to roll up. */
  async function busyWorld(): Promise<CloseWorld> {
    const world = worldAt(80, 3);
    await world.add(0, [sale(1), sale(12), sale(25, 'b')]);
    await world.add(1, [sale(2), sale(40), sale(1), sale(70)]);
    await world.add(2, [sale(3)]);
    world.put(1, [sale(71)]);
    world.shard(2).closed = true;
    world.windowsAStep = 2;
    return world;
  }

  const outcome = async (world: CloseWorld) => ({
    base: await windows(world),
    half: await windows(world, HALF),
    full: await windows(world, FULL),
    heads: world.shards.map((_, at) => [world.head(at).watermark, world.head(at).ended]),
    through: [world.registry.closedThrough, world.registry.finalThrough],
    shards: world.registry.shards,
    announced: [...new Set(world.announced.map((window) => JSON.stringify(window)))].sort(),
  });

  test('at any call, made or not, is finished by the next as if nothing had been', async () => {
    const whole = await busyWorld();
    await whole.closeUntilDone();
    const expected = await outcome(whole);
    const calls = whole.calls.length;
    expect(expected.base.map(([, state]) => state)).toContain('final');
    expect(new Set(whole.announced.map((window) => JSON.stringify(window))).size).toBe(
      whole.announced.length,
    );
    for (let at = 0; at < calls; at++) {
      for (const kind of ['before', 'after'] as const) {
        const world = await busyWorld();
        world.fault = (n) => (n === at ? kind : undefined);
        await world.closeUntilDone();
        expect(await outcome(world), `${kind} call ${at}, ${whole.calls[at]}`).toEqual(expected);
      }
    }
  });

  test('by another that does it all, at any call, changes nothing', async () => {
    const whole = await busyWorld();
    await whole.closeUntilDone();
    const expected = await outcome(whole);
    for (let at = 0; at < whole.calls.length; at++) {
      const world = await busyWorld();
      const { table } = world;
      let isOver = false;
      const overtake = async () => {
        if (isOver || world.calls.length !== at) return;
        isOver = true;
        await world.closeUntilDone();
      };
      const deps = world.deps();
      const overtaken = Object.fromEntries(
        Object.entries(deps.table).map(([name, call]) => [
          name,
          name.startsWith('read') && name.endsWith('s') && name !== 'readHead'
            ? call
            : async (...args: unknown[]) => {
                await overtake();
                return (call as (...each: unknown[]) => unknown)(...args);
              },
        ]),
      );
      const { closePipeline } = await import('#app/close/close-pipeline.ts');
      await closePipeline({ ...deps, table: overtaken as unknown as typeof deps.table }, world.now + MINUTE);
      await world.closeUntilDone();
      expect(await outcome(world), `at call ${at}`).toEqual(expected);
      expect(table.registry).toBeDefined();
    }
  });

  test('by its deadline has made final what it says, and the next goes on', async () => {
    const world = await busyWorld();
    const report = await world.close(world.now);
    expect(report.unfinished).toBe('deadline');
    expect(report.finalThrough).toBeLessThan(report.closedThrough ?? 0);
    const states = (await windows(world)).map(([, state]) => state);
    expect(states).toContain('final');
    expect(states.slice(states.indexOf('open'))).not.toContain('final');
    const whole = await busyWorld();
    await whole.closeUntilDone();
    while ((await world.close(world.now)).unfinished !== undefined) {
      // Step by step.
    }
    expect(await outcome(world)).toEqual(await outcome(whole));
  });
});
