import { describe, expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import type { Canaries } from '#app/ports/canaries.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { SchemaResult, StandardSchema } from '#core/pipeline/standard-schema.ts';
import { CloseWorld } from './close-world.ts';

interface Sale {
  readonly at: number;
}

const MINUTE = 60_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');
const schema: StandardSchema<unknown, Sale> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) as SchemaResult<Sale> },
};
const pipeline = definePipeline({
  ...{ name: 'sales', schema, eventTime: ({ at }: Sale) => at, allowedLateness: '1m' },
  aggregates: { all: { groupBy: [], window: tumbling('10m'), metrics: { sales: count() } } },
});

/** Shards whose canaries are taken; `put` has the places of those that got one, run by run. */
function worldOf(shards: number) {
  const world = new CloseWorld(pipeline, shards, NOON);
  const put: number[][] = [];
  const canaries: Canaries = {
    put: async (into) => {
      const places = into.map(({ key }) => world.shards.findIndex((shard) => shard.key.shard === key.shard));
      put.push(places);
      for (const place of places) world.putCanary(place);
    },
  };
  world.canaries = canaries;
  /** A minute later: the shards count what is in them after so long, where they do. */
  const minute = async (...afterMs: (number | undefined)[]) => {
    for (const [place, ms] of afterMs.entries()) {
      if (ms === undefined) continue;
      world.now += ms;
      await world.count(place);
      world.now -= ms;
    }
    world.now += MINUTE;
    return (await world.close()).freshnessMs;
  };
  return { minute, put, world };
}

describe('freshness', () => {
  test('is not known before a canary was seen; then it is what the slowest shard took', async () => {
    const { minute, put, world } = worldOf(2);
    expect((await world.close()).freshnessMs).toBeNull();
    expect(put).toEqual([[0, 1]]);
    expect(await minute(1500, 4000)).toBe(4000);
    expect(await minute(2500, 300)).toBe(2500);
    expect(put).toHaveLength(3);
  });

  test('grows while a shard counts nothing, beyond the minute that is between two canaries', async () => {
    const { minute, world } = worldOf(2);
    await world.close();
    await minute(100, 200);
    const seen = [await minute(100), await minute(100), await minute(100), await minute(100, 500)];
    expect(seen).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE, 500]);
  });

  test('does not make a quiet shard a busy one: its windows close as they would', async () => {
    const { minute, world } = worldOf(2);
    await world.close();
    await world.add(0, [{ at: NOON }]);
    // The second shard never has an event, and nobody waits for it.
    for (let i = 0; i < 30; i++) await minute(100, 100);
    const { finalThrough } = await world.close();
    expect(finalThrough).toBeGreaterThanOrEqual(NOON + 10 * MINUTE);
    expect((await world.answer()).windows).toMatchObject([{ final: true }]);
  });

  test('is of open shards alone: nothing is put into one that has ended', async () => {
    const { minute, put, world } = worldOf(2);
    await world.close();
    await minute(100, 100);
    world.shard(1).closed = true;
    expect([await minute(100), await minute(100)]).toEqual([100, 100]);
    expect(put.at(-1)).toEqual([0]);
  });

  test('a stream that takes no canary is no reason not to close', async () => {
    const { minute, world } = worldOf(1);
    await world.close();
    await minute(100);
    world.canaries = { put: () => Promise.reject(new DependencyError('stream', 'throttled', 'PutRecords')) };
    await world.add(0, [{ at: NOON }]);
    const seen = [await minute(100), await minute(100), await minute(100)];
    expect(seen.at(-1)).toBeGreaterThanOrEqual(MINUTE);
    expect(world.registry.closedThrough).not.toBeNull();
  });
});
