import { describe, expect, test } from 'vitest';
import { count, definePipeline, tumbling } from 'weir';
import * as z from 'zod';
import { inspectItem } from '#cli/inspect/inspect-item.ts';
import { UsageError } from '#cli/usage-error.ts';
import { toPort } from '../../simulation/memory-table.ts';
import { ARRIVAL, recordOfEvents, ShardWorld } from '../../support/shard-world.ts';

const pipeline = definePipeline({
  name: 'orders',
  schema: z.object({ id: z.string(), at: z.number() }),
  eventTime: ({ at }) => at,
  eventId: ({ id }) => id,
  aggregates: { all: { groupBy: [], window: tumbling('1h'), metrics: { orders: count() } } },
});

interface Seen {
  readonly recentIds: number;
  readonly segments: readonly { readonly name: string; readonly ids: number }[];
}

/** Commits of three ids each, a minute apart, of which a head names no more than two itself. */
async function worldWithSegments(): Promise<ShardWorld> {
  const world = new ShardWorld(pipeline);
  world.limits = { ...world.limits, ids: { ...world.limits.ids, inHeadMax: 2 } };
  for (let minute = 0; minute < 3; minute++) {
    const ids = [0, 1, 2].map((i) => ({ id: `secret ${minute}-${i}`, at: ARRIVAL }));
    await world.run([recordOfEvents(minute + 1, [...ids, ...ids], ARRIVAL + minute * 60_000)]);
  }
  return world;
}

describe('weir inspect', () => {
  test('shows how many ids a segment has, and of when; no id', async () => {
    const world = await worldWithSegments();
    const table = toPort(world.table);
    const [head] = (await inspectItem('head', pipeline, table)) as [{ readonly seen: Seen }];
    const { recentIds, segments } = head.seen;
    expect(segments.length).toBeGreaterThan(0);
    const found = await Promise.all(
      segments.map(({ name }) => inspectItem(`segment/${name}`, pipeline, table)),
    );
    const shown = found as { name: string; bytes: number; ids: number; from: string; to: string }[];
    expect(shown.map(({ ids, name }) => ({ ids, name }))).toEqual(
      segments.map(({ ids, name }) => ({ ids, name })),
    );
    expect(shown.reduce((total, { ids }) => total + ids, recentIds)).toBe(9);
    for (const { bytes, from, ids, to } of shown) {
      expect(bytes).toBeGreaterThanOrEqual(8 * ids);
      expect(Date.parse(from)).toBeGreaterThanOrEqual(ARRIVAL);
      expect(Date.parse(to)).toBeLessThanOrEqual(ARRIVAL + 120_000);
      expect(Date.parse(to)).toBeGreaterThanOrEqual(Date.parse(from));
    }
    expect(Date.parse(shown[0]?.from ?? '')).toBe(ARRIVAL);
    expect(JSON.stringify([head.seen, shown])).not.toContain('secret');
  });

  test('says what to give where no segment is named, or none has the name', async () => {
    const table = toPort((await worldWithSegments()).table);
    await expect(inspectItem('segment', pipeline, table)).rejects.toThrow(UsageError);
    await expect(inspectItem('segment', pipeline, table)).rejects.toThrow(/segment\/<name>/);
    await expect(inspectItem('segment/none', pipeline, table)).rejects.toThrow(/no segment none/);
    await expect(inspectItem('segments', pipeline, table)).rejects.toThrow(/Did you mean segment\?/);
  });
});
