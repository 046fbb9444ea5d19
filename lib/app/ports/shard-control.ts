import type { EpochMs, HashPosition, ShardId, StreamId } from '#core/brand.ts';
import type { HashRange } from '#core/scale/hash-range.ts';
import type { ShardSample } from '#core/scale/shard-sample.ts';

export interface OpenShard {
  readonly shard: ShardId;
  readonly range: HashRange;
}

/** A stream as a whole. */
export interface StreamStatus {
  readonly stream: StreamId;
  readonly mode: 'provisioned' | 'on-demand';
  /** Whether it can be changed: it can't while a change before is under way. */
  readonly active: boolean;
  readonly openShards: number;
}

/** How much is read for a sample. */
export interface SampleBounds {
  readonly recordsMax: number;
  /** Reading ends when it has so many; a call may bring more than was left. */
  readonly bytesMax: number;
}

/** `overtaken`: the shard is closed already, or the stream is being changed: somebody else was quicker. */
export type MoveOutcome = 'begun' | 'overtaken';

/** The shards of a stream, to be looked at and changed. Rejects with a `DependencyError` where the stream does not answer. */
export interface ShardControl {
  status(): Promise<StreamStatus>;
  /** Those that take records, over all pages, in no order. */
  openShards(): Promise<readonly OpenShard[]>;
  /** What the shard took in from then on: all of it up to now, or the first of it up to the bounds. */
  sample(shard: ShardId, from: EpochMs, bounds: SampleBounds): Promise<ShardSample>;
  split(shard: ShardId, at: HashPosition): Promise<MoveOutcome>;
  merge(shard: ShardId, neighbour: ShardId): Promise<MoveOutcome>;
}
