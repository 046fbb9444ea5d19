import { expect, test } from 'vitest';
import type { ShardId, StreamId } from '#core/brand.ts';
import { EMPTY_REGISTRY, isRegistered, type ShardKey, withShard } from '#core/protocol/registry.ts';

const keyOf = (stream: string, shard: string): ShardKey => ({
  stream: stream as StreamId,
  shard: shard as ShardId,
});

test('a registry names the shards that were added, each by its stream and its own name', () => {
  const one = withShard(EMPTY_REGISTRY, keyOf('flights/1', 'shardId-0'));
  const two = withShard(one, keyOf('flights/2', 'shardId-1'));
  const known = (registry: typeof two) =>
    ['flights/1', 'flights/2'].flatMap((stream) =>
      ['shardId-0', 'shardId-1'].map((shard) => isRegistered(registry, keyOf(stream, shard))),
    );
  expect(known(EMPTY_REGISTRY)).toEqual([false, false, false, false]);
  expect(known(one)).toEqual([true, false, false, false]);
  expect(known(two)).toEqual([true, false, false, true]);
  expect(two.shards).toEqual([keyOf('flights/1', 'shardId-0'), keyOf('flights/2', 'shardId-1')]);
});

test('a registry is another version with each change, and the one before stays as it was', () => {
  const one = withShard(EMPTY_REGISTRY, keyOf('flights/1', 'shardId-0'));
  const two = withShard(one, keyOf('flights/1', 'shardId-1'));
  expect([EMPTY_REGISTRY.version, one.version, two.version]).toEqual([0, 1, 2]);
  expect([EMPTY_REGISTRY.shards.length, one.shards.length]).toEqual([0, 1]);
});
