import { repairKeyOf } from '#core/degradation/repair-progress.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { EMPTY_REGISTRY, type Registry, type ShardKey } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';

export interface ShardHead {
  readonly shard: ShardKey;
  readonly head: Head;
}

/** The registry, and then the heads of its shards, in the order that makes answers exact. */
export interface PipelineState {
  readonly registry: Registry;
  readonly heads: readonly ShardHead[];
  /** What the repairs of those that have holes have come to, by keys of their own. */
  readonly repairs: readonly RepairHead[];
}

/** The head of a repair, and the shard that it repairs. */
export interface RepairHead extends ShardHead {
  readonly of: ShardKey;
}

/** A shard that is registered and has no head has not begun. */
export async function readState(table: Table): Promise<PipelineState> {
  const registry = (await table.readRegistry()) ?? EMPTY_REGISTRY;
  const heads = await Promise.all(
    registry.shards.map(async (shard) => ({ shard, head: (await table.readHead(shard)) ?? EMPTY_HEAD })),
  );
  return { registry, heads, repairs: await readRepairs(table, heads) };
}

/** One that has no head has not begun. */
export async function readRepairs(
  table: Pick<Table, 'readHead'>,
  heads: readonly ShardHead[],
): Promise<readonly RepairHead[]> {
  const withHoles = heads.filter(({ head }) => head.lastHole !== null);
  return Promise.all(
    withHoles.map(async ({ shard: of }) => {
      const shard = repairKeyOf(of);
      return { of, shard, head: (await table.readHead(shard)) ?? EMPTY_HEAD };
    }),
  );
}

/** The heads of all registered shards. */
export async function readHeads(table: Table): Promise<readonly ShardHead[]> {
  return (await readState(table)).heads;
}
