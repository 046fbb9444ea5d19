import type { EpochMs } from '#core/brand.ts';
import { EMPTY_REGISTRY, isRegistered, type ShardKey, withShard } from '#core/protocol/registry.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { Table } from '../ports/table.ts';

/** Shards of one pipeline may start at the same moment; each attempt lets one of them through. */
const ATTEMPTS_MAX = 100;

/**
 * Makes a shard known to readers. It comes before the shard's first head: a head that no registry names would hold
 * numbers that nobody reads.
 *
 * Returns the watermark that the shard's first head begins with: up to there, windows are closed for all shards. It
 * can't have moved on before that head is written: `close` makes the missing heads first, and then this one's write
 * is a conflict.
 */
export async function registerShard(table: Table, shard: ShardKey): Promise<EpochMs | null> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const registry = (await table.readRegistry()) ?? EMPTY_REGISTRY;
    if (isRegistered(registry, shard)) return registry.closedThrough;
    if ((await table.writeRegistry(withShard(registry, shard))) === 'written') return registry.closedThrough;
  }
  throw new DependencyError(
    'table',
    'unavailable',
    `the registry changed during ${ATTEMPTS_MAX} attempts to add a shard`,
  );
}
