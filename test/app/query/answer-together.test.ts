import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, definePipeline, first, hopping, max, rate, session, sum, tumbling } from 'weir';
import * as z from 'zod';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerTogether } from '#app/query/answer-aggregate.ts';
import type { WindowStart } from '#core/brand.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { CloseWorld } from '../close/close-world.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-01-10T12:00:00Z');

interface Click {
  readonly at: number;
  readonly user: string;
  readonly n: number;
}

const schema = z.object({ at: z.number(), user: z.string(), n: z.number(), page: z.string().optional() });
const metrics = {
  clicks: count(),
  n: sum('n'),
  most: max('n'),
  pace: rate(),
  began: first('n'),
};

function pipelineWith(groups = 100, hasMost = true) {
  const { most, ...others } = metrics;
  const rest = { groupBy: ['user'], groups } as const;
  return definePipeline({
    name: 'clicks',
    schema,
    eventTime: ({ at }) => at,
    allowedLateness: '2m',
    aggregates: {
      by_user: {
        ...rest,
        window: tumbling('10m', { rollup: ['1h'] }),
        metrics: hasMost ? { ...others, most } : others,
      },
      lately: { ...rest, window: hopping('20m', { every: '10m' }), metrics: { clicks: count() } },
      visits: { ...rest, window: session({ gap: '10m' }), metrics: { clicks: count() } },
    },
  });
}

const pipeline = pipelineWith();

function together(world: CloseWorld, from: number, to: number, of = pipeline, size = 10, name = 'by_user') {
  const aggregate = of.aggregates.find((each) => each.name === name) ?? expect.fail();
  const deps = { table: toPort(world.table), compression: nodeCompression };
  const [start, end] = [from, to].map((minute) => (NOON + minute * MINUTE) as WindowStart);
  const range = { from: start ?? expect.fail(), to: end ?? expect.fail() };
  return answerTogether(deps, aggregate, { ...range, levelMs: size * MINUTE });
}

const click = (minute: number, user: string, n: number): Click => ({ at: NOON + minute * MINUTE, user, n });
/** What comes is of three hours before the clock's time, in any order: some of it late. */
const clicks = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 180 * MINUTE }).map((after) => NOON + after),
    user: fc.constantFrom('ann', 'bob', 'cleo'),
    n: fc.integer({ min: -50, max: 50 }),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('the windows of a range together', () => {
  test('have the values of all their events as one window has: of any shards, late ones, final or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1), clicks, fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: -2, max: 16 }),
        fc.integer({ min: 1, max: 20 }),
        async (batches, first10, windows) => {
          const world = new CloseWorld(pipeline, 2, NOON + 200 * MINUTE);
          for (const [shard, events, closes] of batches) {
            await world.add(shard, events);
            if (closes) await world.closeUntilDone();
          }
          const [from, to] = [first10 * 10, (first10 + windows) * 10];
          const [start, end] = [NOON + from * MINUTE, NOON + to * MINUTE];
          const all = batches.flatMap(([, events]) => events);
          const within = all.filter(({ at }) => at >= start && at < end);
          const expected = [...new Set(within.map(({ user }) => user))].sort().map((user) => {
            const own = within.filter((each) => each.user === user);
            const values = own.map(({ n }) => n);
            return {
              group: { user },
              ...{ windowStart: start, windowEnd: end },
              metrics: {
                clicks: own.length,
                n: values.reduce((total, n) => total + n, 0),
                most: Math.max(...values),
                pace: own.length / ((to - from) * 60),
                began: expect.toBeOneOf(earliest(own)),
              },
            };
          });
          const { rows, windows: states } = await together(world, from, to);
          expect(rows).toEqual(expected);
          const { finalThrough } = world.registry;
          const final = finalThrough !== null && end <= finalThrough;
          expect(states.map((state) => [state.windowStart, state.windowEnd, state.final])).toEqual(
            within.length === 0 ? [] : [[start, end, final]],
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('begin with the first that begins in the range, and end with the last that does', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    await world.add(0, [
      click(9, 'ann', 1),
      click(10, 'ann', 10),
      click(29, 'ann', 100),
      click(30, 'ann', 1000),
    ]);
    const { rows } = await together(world, 3, 21);
    expect(rows.map(({ metrics: { n }, windowEnd, windowStart }) => [windowStart, windowEnd, n])).toEqual([
      [NOON + 10 * MINUTE, NOON + 30 * MINUTE, 110],
    ]);
    expect(await together(world, 200, 300)).toMatchObject({ rows: [], windows: [] });
  });

  test('are read some at a time, hundreds of them as well', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 2000 * MINUTE);
    await world.add(
      0,
      Array.from({ length: 200 }, (_, i) => click(10 * i, 'ann', i)),
    );
    const { rows } = await together(world, 0, 2000);
    expect(rows.map(({ metrics: { clicks: found, n } }) => [found, n])).toEqual([[200, 19_900]]);
  });

  test('are final where all are, and amended where one is', async () => {
    const world = new CloseWorld(pipeline, 1, NOON + 200 * MINUTE);
    await world.add(0, [click(5, 'ann', 1), click(45, 'ann', 1)]);
    await world.closeUntilDone();
    expect((await together(world, 0, 40)).windows).toMatchObject([{ final: true, amended: false }]);
    expect((await together(world, 0, 50)).windows).toMatchObject([{ final: false, amended: false }]);
    await world.add(0, [click(15, 'bob', 1)]);
    expect((await together(world, 0, 40)).windows).toMatchObject([{ final: true, amended: true }]);
    expect((await together(world, 30, 40)).windows).toEqual([]);
  });

  test('keep so many groups apart as one window does', async () => {
    const few = pipelineWith(2);
    const world = new CloseWorld(few, 1, NOON + 200 * MINUTE);
    await world.add(0, [click(5, 'b', 1), click(5, 'c', 2), click(15, 'a', 4), click(15, 'd', 8)]);
    const { rows } = await together(world, 0, 20, few);
    expect(rows).toHaveLength(3);
    expect(rows.reduce((total, { metrics: { n } }) => total + Number(n), 0)).toBe(15);
  });

  test('name the metrics that not all of their events are in, and have none of a group without such', async () => {
    const before = pipelineWith(100, false);
    const world = new CloseWorld(before, 1, NOON + 200 * MINUTE);
    await world.add(0, [click(5, 'ann', 1), click(5, 'bob', 1)]);
    await world.closeUntilDone();
    world.deploy(pipeline);
    await world.add(0, [click(25, 'ann', 7)]);
    await world.closeUntilDone();
    const { rows, windows } = await together(world, 0, 30);
    expect(rows.map(({ group: { user }, metrics: { clicks: found, most } }) => [user, found, most])).toEqual([
      ['ann', 2, 7],
      ['bob', 1, null],
    ]);
    expect(windows.map(({ partial }) => partial)).toEqual([['most']]);
    expect((await together(world, 20, 30)).windows[0]).not.toHaveProperty('partial');
  });

  test('of sessions, of windows that overlap and of other sizes are refused', async () => {
    const world = new CloseWorld(pipeline, 1, NOON);
    await expect(together(world, 0, 60, pipeline, 20, 'lately')).rejects.toThrow(/side by side/);
    await expect(together(world, 0, 60, pipeline, 10, 'visits')).rejects.toThrow(/side by side/);
    await expect(together(world, 0, 60, pipeline, 30)).rejects.toThrow(/no windows of 1800000 ms/);
  });
});

/** The values of the events that are first: of several at one time, their place in the stream decides. */
function earliest(own: readonly Click[]): number[] {
  const begin = Math.min(...own.map(({ at }) => at));
  return own.filter(({ at }) => at === begin).map(({ n }) => n);
}
