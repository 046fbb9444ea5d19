import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import type { StoredDefinition } from './definitions.ts';
import { EMPTY_LEDGER, type Ledger } from './ledger.ts';

/** One shard of one incarnation of a stream; heads and blocks are kept by it. */
export interface ShardKey {
  readonly stream: StreamId;
  readonly shard: ShardId;
}

/** A pipeline's one control item. Any change adds one to `version`, on the condition that nobody else did. */
export interface Registry {
  /** 0 where none is stored yet. */
  readonly version: number;
  /** The shards that readers look at. */
  readonly shards: readonly ShardKey[];
  /** Shards of the stream that are done: all that they hold is final. They are not registered again. */
  readonly gone: readonly ShardKey[];
  /** What all the shards that are no longer named counted, together. */
  readonly goneLedger: Ledger;
  /** No event that ends by then counts as on time any more, in any shard; `null`: none is closed. */
  readonly closedThrough: EpochMs | null;
  /** Windows that end by then are final: what is stored of them is all there is. At most `closedThrough`. */
  readonly finalThrough: EpochMs | null;
  /** The definitions that `close` has met, the newest last. */
  readonly definitions: readonly StoredDefinition[];
}

export const EMPTY_REGISTRY: Registry = {
  version: 0,
  shards: [],
  gone: [],
  goneLedger: EMPTY_LEDGER,
  closedThrough: null,
  finalThrough: null,
  definitions: [],
};

export function isSameShard(a: ShardKey, b: ShardKey): boolean {
  return a.stream === b.stream && a.shard === b.shard;
}

export function isRegistered({ shards }: Registry, shard: ShardKey): boolean {
  return shards.some((known) => isSameShard(known, shard));
}

/** The registry with some of it changed, to be written in the place of the one given. */
export function changed(registry: Registry, change: Partial<Omit<Registry, 'version'>>): Registry {
  return { ...registry, ...change, version: registry.version + 1 };
}

export function withShard(registry: Registry, shard: ShardKey): Registry {
  return changed(registry, { shards: [...registry.shards, shard] });
}
