import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import { compareSequence } from '#core/protocol/position.ts';

/** Where an event stands in the stream: the same in every batch, retry and redrive, and no other event's. */
export interface EventPlace {
  readonly shard: ShardId;
  readonly sequence: SequenceNumber;
  /** The event's index in its record. */
  readonly index: number;
}

/** Of an event of no stream, such as a test's. */
export const NO_PLACE: EventPlace = { shard: '' as ShardId, sequence: '' as SequenceNumber, index: 0 };

/** By event time; events of one time by their place: shard, sequence number, index. A total order of a stream's events. */
export interface EventOrder extends EventPlace {
  readonly time: EpochMs;
}

/** Negative, 0 or positive, as `a` is before, at or after `b`. */
export function compareOrder(a: EventOrder, b: EventOrder): number {
  return (
    a.time - b.time ||
    (a.shard < b.shard ? -1 : a.shard > b.shard ? 1 : 0) ||
    compareSequence(a.sequence, b.sequence) ||
    a.index - b.index
  );
}
