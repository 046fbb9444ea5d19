import type { ShardId, StreamId } from '#core/brand.ts';
import type { Registry } from '#core/protocol/registry.ts';
import { type Item, integer, list, text } from './attributes.ts';

export function toRegistryItem(registry: Registry): Item {
  return {
    version: { N: String(registry.version) },
    shards: {
      L: registry.shards.map(({ stream, shard }) => ({ M: { stream: { S: stream }, shard: { S: shard } } })),
    },
  };
}

export function fromRegistryItem(item: Item): Registry {
  return {
    version: integer(item, 'version'),
    shards: list(item, 'shards').map(({ M: shard = {} }) => ({
      stream: text(shard, 'stream') as StreamId,
      shard: text(shard, 'shard') as ShardId,
    })),
  };
}
