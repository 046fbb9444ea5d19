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
}

/** A shard that is registered and has no head has not begun. */
export async function readState(table: Table): Promise<PipelineState> {
  const registry = (await table.readRegistry()) ?? EMPTY_REGISTRY;
  const heads = await Promise.all(
    registry.shards.map(async (shard) => ({ shard, head: (await table.readHead(shard)) ?? EMPTY_HEAD })),
  );
  return { registry, heads };
}

/** The heads of all registered shards. */
export async function readHeads(table: Table): Promise<readonly ShardHead[]> {
  return (await readState(table)).heads;
}
