import type { RepairDeps } from '#app/repair/deps.ts';
import { type Level, NO_LOAD } from '#core/degradation/ladder.ts';
import { compareSequence } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, withShard } from '#core/protocol/registry.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import { SHARD, ShardWorld } from '../../support/shard-world.ts';
import { orderPipeline } from './orders.ts';

/** A shard that has counted records at given levels, and a stream that still has them. */
export async function counted(
  batches: readonly (readonly [Level, readonly StreamRecord[]])[],
  cellsMax = 4000,
  pipeline = orderPipeline(),
) {
  const world = new ShardWorld(pipeline);
  world.limits = { ...world.limits, cellsMax, pendingBytesSoft: 3000 };
  world.table.writeRegistry(withShard(EMPTY_REGISTRY, SHARD));
  for (const [level, records] of batches) {
    const { head } = world;
    world.table.writeHead(SHARD, { ...head, rev: head.rev + 1, load: { ...NO_LOAD, level } });
    world.newEnvironment();
    await world.runUntilDone(records);
  }
  const { head } = world;
  world.table.writeHead(SHARD, { ...head, rev: head.rev + 1, load: NO_LOAD });
  return { world, stream: batches.flatMap(([, records]) => records) };
}

export function repairDepsOf(world: ShardWorld, stream: readonly StreamRecord[]): RepairDeps {
  return {
    ...world.deps(),
    stream: { isDrained: async () => true },
    records: {
      async *recordsFrom(_, sequence) {
        yield* stream.filter((record) => compareSequence(record.sequence, sequence) >= 0);
      },
    },
  };
}
