import { expect, test } from 'vitest';
import { type ListedShard, readableShards } from '#local/event-source-mapping/shard-lineage.ts';

function shard(shardId: string, ...parentShardIds: readonly string[]): ListedShard {
  return { shardId, parentShardIds, closed: false };
}

/** `a` is split in `b` and `c`, which are merged to `d`; `e` has nothing to do with them. */
const SHARDS = [shard('a'), shard('b', 'a'), shard('c', 'a'), shard('d', 'b', 'c'), shard('e')];

function readable(listed: readonly ListedShard[], ...finished: readonly string[]): string[] {
  return readableShards(listed, (shardId) => finished.includes(shardId)).map(({ shardId }) => shardId);
}

test('children wait until their parent is finished', () => {
  expect(readable(SHARDS)).toEqual(['a', 'e']);
  expect(readable(SHARDS, 'a')).toEqual(['b', 'c', 'e']);
});

test('a merged shard waits for both parents', () => {
  expect(readable(SHARDS, 'a', 'b')).toEqual(['c', 'e']);
  expect(readable(SHARDS, 'a', 'b', 'c')).toEqual(['d', 'e']);
});

test('a parent that has left the stream holds nothing up', () => {
  expect(readable(SHARDS.slice(1))).toEqual(['b', 'c', 'e']);
});
