import type { ShardId, StreamId } from '#core/brand.ts';

/** One shard of one incarnation of a stream; heads and blocks are kept by it. */
export interface ShardKey {
  readonly stream: StreamId;
  readonly shard: ShardId;
}

/** A pipeline's one control item: which shards there are. Any change adds one to `version`, on that condition. */
export interface Registry {
  /** 0 where none is stored yet. */
  readonly version: number;
  readonly shards: readonly ShardKey[];
}

export const EMPTY_REGISTRY: Registry = { version: 0, shards: [] };

export function isRegistered(registry: Registry, { stream, shard }: ShardKey): boolean {
  return registry.shards.some((known) => known.stream === stream && known.shard === shard);
}

export function withShard(registry: Registry, shard: ShardKey): Registry {
  return { version: registry.version + 1, shards: [...registry.shards, shard] };
}
