import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { EpochMs, ShardId, StreamId } from '#core/brand.ts';
import type { StoredDefinition } from '#core/protocol/definitions.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';
import { type Item, integer, list, map, optional, text } from './attributes.ts';
import { fromLedger, toLedger } from './ledger-item.ts';

export function toRegistryItem(registry: Registry): Item {
  const { version, shards, gone, goneLedger, closedThrough, finalThrough, definitions } = registry;
  return {
    version: { N: String(version) },
    shards: { L: shards.map(toShard) },
    ...(gone.length > 0 && { gone: { L: gone.map(toShard) } }),
    ...(goneLedger.received > 0 && { goneLedger: { M: toLedger(goneLedger) } }),
    ...(closedThrough !== null && { closedThrough: { N: String(closedThrough) } }),
    ...(finalThrough !== null && { finalThrough: { N: String(finalThrough) } }),
    ...(definitions.length > 0 && { definitions: { L: definitions.map(toDefinition) } }),
  };
}

export function fromRegistryItem(item: Item): Registry {
  return {
    version: integer(item, 'version'),
    shards: list(item, 'shards').map(fromShard),
    gone: (optional(item, 'gone', list) ?? []).map(fromShard),
    goneLedger: fromLedger(optional(item, 'goneLedger', map) ?? {}),
    closedThrough: optional(item, 'closedThrough', integer) as EpochMs | null,
    finalThrough: optional(item, 'finalThrough', integer) as EpochMs | null,
    definitions: (optional(item, 'definitions', list) ?? []).map(fromDefinition),
  };
}

function toDefinition({ aggregate, generation, metrics, space }: StoredDefinition): AttributeValue {
  return {
    M: {
      a: { S: aggregate },
      g: { S: generation },
      s: { S: space },
      m: { L: metrics.map((metric) => ({ S: metric })) },
    },
  };
}

function fromDefinition({ M: definition = {} }: AttributeValue): StoredDefinition {
  return {
    aggregate: text(definition, 'a'),
    generation: text(definition, 'g'),
    space: text(definition, 's'),
    metrics: list(definition, 'm').map(({ S }) => S ?? ''),
  };
}

function toShard({ stream, shard }: ShardKey): AttributeValue {
  return { M: { stream: { S: stream }, shard: { S: shard } } };
}

function fromShard({ M: shard = {} }: AttributeValue): ShardKey {
  return { stream: text(shard, 'stream') as StreamId, shard: text(shard, 'shard') as ShardId };
}
