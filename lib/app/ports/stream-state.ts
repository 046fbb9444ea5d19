import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';

/** A shard as the stream lists it; it does until the retention of what is in it has passed. */
export interface ListedShard {
  readonly key: ShardKey;
  /** Split or merged: nothing is put into it any more. */
  readonly closed: boolean;
  /** The first of the hashes that it takes, as a decimal number; a stream that has no hashes tells none. */
  readonly firstHash?: string;
}

/** What the stream says of its shards. Rejects with a `DependencyError` where it says nothing. */
export interface StreamState {
  /** All shards of the stream, over all pages: open ones, and closed ones within the retention. */
  listShards(): Promise<readonly ListedShard[]>;
  /** Whether there is nothing in the shard beyond this position, right now: then it is idle, and not merely stuck. */
  isDrained(shard: ShardKey, position: Position): Promise<boolean>;
}
