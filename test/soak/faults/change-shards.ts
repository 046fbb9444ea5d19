import {
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';

/** Splits the open shard with the widest range of hashes in the middle. */
export async function splitWidest(kinesis: KinesisClient, stream: string): Promise<void> {
  const [widest] = (await openShards(kinesis, stream)).sort((a, b) => (width(b) > width(a) ? 1 : -1));
  if (widest === undefined) throw new Error(`${stream} has no open shard`);
  const middle = start(widest) + width(widest) / 2n;
  await kinesis.send(
    new SplitShardCommand({
      StreamName: stream,
      ShardToSplit: widest.ShardId,
      NewStartingHashKey: String(middle),
    }),
  );
}

/** Merges the two neighbours that are the narrowest together. */
export async function mergeNarrowest(kinesis: KinesisClient, stream: string): Promise<void> {
  const shards = (await openShards(kinesis, stream)).sort((a, b) => (start(a) < start(b) ? -1 : 1));
  const pairs = shards.slice(1).map((right, i) => ({ left: shards[i] ?? right, right }));
  const [pair] = pairs.sort((a, b) =>
    width(a.left) + width(a.right) < width(b.left) + width(b.right) ? -1 : 1,
  );
  if (pair === undefined) throw new Error(`${stream} has no two open shards`);
  await kinesis.send(
    new MergeShardsCommand({
      StreamName: stream,
      ShardToMerge: pair.left.ShardId,
      AdjacentShardToMerge: pair.right.ShardId,
    }),
  );
}

export async function openShards(kinesis: KinesisClient, stream: string): Promise<Shard[]> {
  const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: stream }));
  return shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined);
}

function start(shard: Shard): bigint {
  return BigInt(shard.HashKeyRange?.StartingHashKey ?? 0);
}

function width(shard: Shard): bigint {
  return BigInt(shard.HashKeyRange?.EndingHashKey ?? 0) - start(shard) + 1n;
}
