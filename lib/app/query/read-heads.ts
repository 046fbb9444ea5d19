import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';

export interface ShardHead {
  readonly shard: ShardKey;
  readonly head: Head;
}

/** The heads of all registered shards, registry first. A shard that is registered and has no head has not begun. */
export async function readHeads(table: Table): Promise<ShardHead[]> {
  const registry = await table.readRegistry();
  const shards = registry?.shards ?? [];
  return Promise.all(
    shards.map(async (shard) => ({ shard, head: (await table.readHead(shard)) ?? EMPTY_HEAD })),
  );
}
