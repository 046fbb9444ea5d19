import type { WindowStart } from '#core/brand.ts';
import type { BlockKey } from '#core/protocol/block.ts';
import type { ShardKey } from '#core/protocol/registry.ts';

/** An item's primary key. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Pipeline and aggregate names, stream names and shard ids have no `|`. */
const SEPARATOR = '|';

export function registryKey(pipeline: string): ItemKey {
  return { pk: ['registry', pipeline].join(SEPARATOR), sk: 'registry' };
}

/** Each head is a partition of its own: it is written with every batch of its shard. */
export function headKey(pipeline: string, { stream, shard }: ShardKey): ItemKey {
  return { pk: ['head', pipeline, stream, shard].join(SEPARATOR), sk: 'head' };
}

/** One partition for an aggregate, its generation and a shard, so that load spreads as the stream's does. */
export function blockPartition(
  pipeline: string,
  { stream, shard }: ShardKey,
  key: Omit<BlockKey, 'windowStart'>,
): string {
  return ['block', pipeline, key.aggregate, key.generation, stream, shard].join(SEPARATOR);
}

export function blockKey(pipeline: string, shard: ShardKey, key: BlockKey): ItemKey {
  return { pk: blockPartition(pipeline, shard, key), sk: windowSortKey(key.windowStart) };
}

/** ISO 8601 in UTC: sorts by time for the years 0001 to 9999, which are all that event times may have. */
export function windowSortKey(start: WindowStart): string {
  return new Date(start).toISOString();
}

export function windowOfSortKey(sortKey: string): WindowStart {
  return Date.parse(sortKey) as WindowStart;
}
