/** A shard as ListShards tells it. */
export interface ListedShard {
  readonly shardId: string;
  /** One after a split, two after a merge, none for the stream's first shards. */
  readonly parentShardIds: readonly string[];
  /** Nothing is put into it any more. */
  readonly closed: boolean;
}

/**
 * The shards that may be read: those not finished whose parents are, so that a key's records are processed in the
 * order they were put, also across a split or a merge. A parent that is not listed any more has left the stream with
 * its records.
 */
export function readableShards(
  listed: readonly ListedShard[],
  isFinished: (shardId: string) => boolean,
): ListedShard[] {
  const listedIds = new Set(listed.map((shard) => shard.shardId));
  return listed.filter(
    (shard) =>
      !isFinished(shard.shardId) &&
      shard.parentShardIds.every((parent) => !listedIds.has(parent) || isFinished(parent)),
  );
}
