import type { ShardCapacity } from './shard-sample.ts';

/** Within what bounds a stream is scaled, and how quickly. */
export interface ScaleSettings {
  readonly shardsMin: number;
  readonly shardsMax: number;
  /** What a shard is to carry at most; Kinesis' own limit, or less where its consumer is slower than that. */
  readonly capacity: ShardCapacity;
  /** From one measurement to the next, in milliseconds. */
  readonly periodMs: number;
  /** How long shards must have been quiet before they are merged, in milliseconds. */
  readonly calmMs: number;
}

/** Loads are shares of a shard's capacity: 1 is all that it takes. */
export const SCALE_RULES = {
  /** A shard is hot from here on: above it, a minute's burst is refused. */
  hotFrom: 0.7,
  /** Shards are merged up to here, together: their load has to grow by half before they would be split again. */
  mergedMax: 0.45,
  /** Once a shard was hot, shards that have more than so many times the mean are split too, … */
  wholeMax: 1.3,
  /** … in so many parts, step by step, that none has more than so many times the mean … */
  partMax: 1.2,
  /** … of those that carry at least so much: what is cooler than that harms nobody. */
  balancedFrom: 0.15,
  /** How long it goes on at most, in periods. */
  balancingPeriods: 30,
  /** Merging makes no shard that has more than so many times the mean … */
  mergedMeanMax: 1.25,
  /** … unless it carries less than this. */
  mergedAlways: 0.2,
  /** A split that leaves more of the load than this in one half does not help: it is one key's. */
  remainsMax: 0.85,
  /** Measurements of a shard before anything is decided on it. */
  samplesMin: 3,
  /** How much the newest measurement counts in a shard's load, the ones before it having the rest. */
  newestWeight: 0.5,
  /** In how many parts the calm is looked at; a shard that is not measured for one of them begins anew. */
  calmParts: 6,
  /** Of the calm, how much must have passed after a split before anything is merged. */
  mergePauseShare: 0.25,
  /** Moves that one decision makes at most: each takes Kinesis about half a minute. */
  movesMax: 8,
} as const;
