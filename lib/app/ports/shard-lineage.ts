import type { ShardKey } from '#core/protocol/registry.ts';

/** Which shards a shard was made of. */
export interface ShardLineage {
  /**
   * The one that was split or the two that were merged into it, whether the stream still lists them or not; none for
   * one of the stream's first. `undefined` where the stream does not list the shard itself: it does until the retention
   * of what is in it has passed. Rejects with a `DependencyError` where the stream does not say.
   */
  parentsOf(shard: ShardKey): Promise<readonly ShardKey[] | undefined>;
}
