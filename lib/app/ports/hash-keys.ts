import type { ShardKey } from '#core/protocol/registry.ts';
import type { ShardHashKeys } from '#core/records/hash-keys.ts';

/** Which hash keys are a shard's. */
export interface HashKeys {
  /**
   * Its range, and those of all its ancestors that the stream lists. `undefined` where the stream does not list the
   * shard itself: it does until the retention of what is in it has passed. Rejects with a `DependencyError` where the
   * stream does not say.
   */
  of(shard: ShardKey): Promise<ShardHashKeys | undefined>;
}
