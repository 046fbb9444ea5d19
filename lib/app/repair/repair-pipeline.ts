import { LADDER } from '#core/degradation/ladder.ts';
import { isRepaired } from '#core/degradation/repair-progress.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { isSameShard } from '#core/protocol/registry.ts';
import { type RepairHead, readState, type ShardHead } from '../query/read-heads.ts';
import type { RepairDeps } from './deps.ts';
import { openHoles } from './open-holes.ts';
import type { RepairReport } from './repair-report.ts';
import { RepairConflict } from './repair-run.ts';
import { repairShard } from './repair-shard.ts';

/**
 * Repairs the holes of all shards that have no lag any more: read from the stream, what was left out is added, exactly
 * once. `deadline` is when no further commit is begun, in epoch milliseconds.
 */
export async function repairPipeline(deps: RepairDeps, deadline: number): Promise<RepairReport> {
  const tally = { held: 0, reduced: 0, invalid: 0, lost: 0 };
  const { heads, repairs } = await readState(deps.table);
  let unfinished: RepairReport['unfinished'];
  for (const shard of heads) {
    if (isDone(shard, repairOf(repairs, shard))) continue;
    if (!(await isReady(deps, shard))) {
      unfinished ??= 'lag';
      continue;
    }
    try {
      unfinished = (await repairShard(deps, shard, tally, () => deps.now() >= deadline)) ?? unfinished;
    } catch (error) {
      if (!(error instanceof RepairConflict)) throw error;
      unfinished = 'conflict';
    }
  }
  return {
    heldRepaired: tally.held,
    reducedRepaired: tally.reduced,
    invalid: tally.invalid,
    lost: tally.lost,
    oldestHoleMs: await oldestHoleMs(deps),
    level: Math.max(0, ...heads.map(({ head }) => head.load.level)),
    unfinished,
  };
}

/** Whether there is nothing left to add, to fold, or to take back. */
function isDone({ head }: ShardHead, { head: repair }: Pick<ShardHead, 'head'>): boolean {
  return isRepaired(head, repair) && repair.pending.length === 0 && repair.suspect === null;
}

/** Whether reading the shard once more takes nothing from those who read it now: it leaves out nothing, and keeps up. */
async function isReady({ stream }: RepairDeps, { head, shard }: ShardHead): Promise<boolean> {
  const { level, seen } = head.load;
  if (head.ended || (level === 0 && (seen === null || seen.lagMs <= LADDER.lagHighMs))) return true;
  // Where nothing comes any more, nobody decides on its level.
  return stream.isDrained(shard, head.position);
}

async function oldestHoleMs({ now, table }: RepairDeps): Promise<number> {
  const { heads, repairs } = await readState(table);
  let oldest = 0;
  for (const shard of heads) {
    const repair = repairOf(repairs, shard).head;
    if (isRepaired(shard.head, repair)) continue;
    for await (const { arrival } of openHoles(table, shard.shard, shard.head, repair.position)) {
      oldest = Math.max(oldest, now() - arrival);
      break;
    }
  }
  return oldest;
}

function repairOf(repairs: readonly RepairHead[], { shard }: ShardHead): Pick<ShardHead, 'head'> {
  return repairs.find(({ of }) => isSameShard(of, shard)) ?? { head: EMPTY_HEAD };
}
