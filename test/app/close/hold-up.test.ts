import { describe, expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

interface Ping {
  readonly at: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const NOON = Date.parse('2026-03-01T12:00:00Z');
/** What may be added to the allowed lateness. */
const HOLD_UP_MAX = 2 * MINUTE;
const LATENESS = 5 * MINUTE;

const schema: StandardSchema<unknown, Ping> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Ping }) },
};
const pipeline = definePipeline({
  name: 'pings',
  schema,
  eventTime: ({ at }: Ping) => at,
  allowedLateness: '5m',
  aggregates: { all: { groupBy: [], window: tumbling('1m'), metrics: { pings: count() } } },
});

/** What is put, second by second, and how the schedule of `close` lies to the minutes. */
interface Course {
  readonly seconds: number;
  readonly closeAt: number;
  readonly put: (world: CloseWorld, second: number) => Promise<void>;
}

const ping = (second: number): Ping => ({ at: NOON + second * SECOND });

/** How long after its end each window was final, beyond the allowed lateness; of those that have had the time for it. */
async function heldUp(world: CloseWorld, { closeAt, put, seconds }: Course): Promise<number[]> {
  const ends = new Set<number>();
  const finalAt = new Map<number, number>();
  let lastRun = 0;
  for (let second = 0; second < seconds; second++) {
    world.now = NOON + second * SECOND;
    await put(world, second);
    if (second % 60 !== closeAt) continue;
    await world.close();
    lastRun = world.now;
    const { windows } = await world.answer();
    for (const { final, windowEnd } of windows) {
      ends.add(windowEnd);
      if (final && !finalAt.has(windowEnd)) finalAt.set(windowEnd, world.now);
    }
  }
  const over = [...ends].filter((end) => end + LATENESS + HOLD_UP_MAX <= lastRun);
  return over.map((end) => (finalAt.get(end) ?? Number.POSITIVE_INFINITY) - end - LATENESS);
}

describe.each([0, 5, 59])('closing, run %i seconds into each minute', (closeAt) => {
  const worldOf = (shards: number) => new CloseWorld(pipeline, shards, NOON);
  const longest = (held: readonly number[]) => {
    if (held.length <= 5) throw new Error(`only ${held.length} windows are over`);
    return Math.max(...held);
  };

  test('is held up by a shard that falls silent for no more than two minutes beyond the allowed lateness', async () => {
    const put = async (world: CloseWorld, second: number) => {
      if (second % 10 === 0) await world.add(0, [ping(second)]);
      if (second % 10 === 5 && second < 300) await world.add(1, [ping(second)]);
    };
    const held = await heldUp(worldOf(2), { closeAt, put, seconds: 1500 });
    expect(longest(held)).toBeLessThanOrEqual(HOLD_UP_MAX);
  });

  test('is held up by a new shard, used or not, for no more than two minutes beyond the allowed lateness', async () => {
    for (const isUsed of [true, false]) {
      const world = worldOf(1);
      const put = async (_: CloseWorld, second: number) => {
        if (second === 301) world.addShard();
        if (second % 10 === 0) await world.add(0, [ping(second)]);
        if (isUsed && second > 400 && second % 100 === 0) await world.add(1, [ping(second)]);
      };
      const held = await heldUp(world, { closeAt, put, seconds: 1500 });
      expect(longest(held)).toBeLessThanOrEqual(HOLD_UP_MAX);
      expect(world.head(1).ledger.late).toBe(0);
    }
  });

  test('of a stream that stops is held up for no more than two minutes beyond the allowed lateness', async () => {
    const put = async (world: CloseWorld, second: number) => {
      if (second < 600 && second % 10 === 0) await world.add((second / 10) % 2, [ping(second)]);
    };
    const seconds = 600 + (LATENESS + HOLD_UP_MAX + 2 * MINUTE) / SECOND;
    const held = await heldUp(worldOf(2), { closeAt, put, seconds });
    expect(longest(held)).toBeLessThanOrEqual(HOLD_UP_MAX);
  });
});
