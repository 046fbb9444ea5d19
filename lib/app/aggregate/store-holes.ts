import type { Head } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';

/**
 * Stores the holes that the head says the next commit may leave out, all in one item. Whoever does it again, or
 * instead, stores the same, since a commit decided which: an item that is there is that one.
 */
export async function storeHoles(
  table: Pick<Table, 'writeHoles'>,
  shard: ShardKey,
  head: Head,
): Promise<void> {
  const holes = head.holes.filter(({ store }) => store);
  if (holes.length > 0) await table.writeHoles(shard, holes);
}
