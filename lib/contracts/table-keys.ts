import type { SequenceNumber, ShardId, StreamId, WindowStart } from '#core/brand.ts';
import type { BlockKey } from '#core/protocol/block.ts';
import type { FinalKey } from '#core/protocol/final.ts';
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

/** What scaling remembers of a stream. */
export function scaleKey(pipeline: string, stream: StreamId): ItemKey {
  return { pk: ['scale', pipeline, stream].join(SEPARATOR), sk: 'scale' };
}

/** Each head is a partition of its own: it is written with every batch of its shard. */
export function headKey(pipeline: string, { stream, shard }: ShardKey): ItemKey {
  return { pk: ['head', pipeline, stream, shard].join(SEPARATOR), sk: 'head' };
}

/** Each segment is a partition of its own: they are written and read by name, and many at a time. */
export function segmentKey(pipeline: string, name: string): ItemKey {
  return { pk: ['segment', pipeline, name].join(SEPARATOR), sk: 'segment' };
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
  if (key.late) return { pk: latePartition(pipeline, key), sk: lateSortKey(key.windowStart, shard) };
  return { pk: blockPartition(pipeline, shard, key), sk: windowSortKey(key.windowStart) };
}

/**
 * Late blocks of all shards together, by window: they are few, and they must be found when their shard is long gone
 * from the stream and from the registry.
 */
export function latePartition(pipeline: string, key: Omit<BlockKey, 'windowStart'>): string {
  return ['late', pipeline, key.aggregate, key.generation].join(SEPARATOR);
}

function lateSortKey(start: WindowStart, { stream, shard }: ShardKey): string {
  return [windowSortKey(start), stream, shard].join(SEPARATOR);
}

/** The window and the shard of a late block. */
export function partsOfLateSortKey(sortKey: string): { windowStart: WindowStart; shard: ShardKey } {
  const [start = '', stream = '', shard = ''] = sortKey.split(SEPARATOR);
  return {
    windowStart: windowOfSortKey(start),
    shard: { stream: stream as StreamId, shard: shard as ShardId },
  };
}

export function finalPartition(pipeline: string, key: Omit<FinalKey, 'windowStart'>): string {
  return ['final', pipeline, key.aggregate, key.generation, key.levelMs].join(SEPARATOR);
}

export function finalKey(pipeline: string, key: FinalKey): ItemKey {
  return { pk: finalPartition(pipeline, key), sk: windowSortKey(key.windowStart) };
}

/** What one shard has left out under load, in the order of the stream. */
export function holesPartition(pipeline: string, { stream, shard }: ShardKey): string {
  return ['holes', pipeline, stream, shard].join(SEPARATOR);
}

/** By the place of the first event that is left out, or may be. Of one length, so that they sort as numbers do. */
export function holesSortKey(sequence: SequenceNumber, event: number): string {
  return [sequence.padStart(SEQUENCE_DIGITS, '0'), String(event).padStart(EVENT_DIGITS, '0')].join(SEPARATOR);
}

/** The most that sequence numbers have, and more than the events of a record. */
const SEQUENCE_DIGITS = 129;
const EVENT_DIGITS = 9;

/** ISO 8601 in UTC: sorts by time for the years 0001 to 9999, which are all that event times may have. */
export function windowSortKey(start: WindowStart): string {
  return new Date(start).toISOString();
}

export function windowOfSortKey(sortKey: string): WindowStart {
  return Date.parse(sortKey) as WindowStart;
}
