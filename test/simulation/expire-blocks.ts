import type { LateBlock } from '#app/ports/table.ts';
import type { MemoryTable } from './memory-table.ts';
import { windowSizeMs } from './naive-windows.ts';
import { isWrittenDown } from './pipeline-versions.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import type { World } from './world.ts';

/** The blocks of which the window is final, by a definition that `close` knows: they may go, since an alarm sees to it that they are kept until then. */
export function expired(plan: Plan, table: MemoryTable): LateBlock[] {
  const { finalThrough, definitions = [] } = table.registry ?? {};
  return table
    .blocks()
    .filter(
      ({ block: { key } }) =>
        isWrittenDown(definitions, key.aggregate, key.generation) &&
        key.windowStart + windowSizeMs(plan, key.aggregate as AggregateName) <=
          (finalThrough ?? Number.NEGATIVE_INFINITY),
    );
}

/** Deletes some of the blocks that may go. */
export function expireBlocks(world: World, table: MemoryTable, random: Random): void {
  for (const { shard, block } of expired(world.plan, table)) {
    if (!world.dice.strikes('expiry', random)) continue;
    table.deleteBlock(shard, block.key);
    if (world.isTraced)
      world.trace(`block ${block.key.aggregate} ${block.key.windowStart} of ${shard.shard} expires`);
  }
}
