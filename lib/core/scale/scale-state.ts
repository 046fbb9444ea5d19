import type { EpochMs, ShardId } from '../brand.ts';

/** The highest load of a shard within a part of the calm. */
export interface LoadPeak {
  /** Which part, counted from 1970 on. */
  readonly part: number;
  readonly load: number;
}

/** What is remembered of a shard. */
export interface ShardRecord {
  readonly shard: ShardId;
  readonly samples: number;
  /** Share of its capacity, smoothed. */
  readonly load: number;
  readonly since: EpochMs;
  readonly measured: EpochMs;
  /** Of the last parts, oldest first; a part without a measurement is left out. */
  readonly peaks: readonly LoadPeak[];
}

/** All that scaling remembers of a stream; whoever writes it adds one to `rev`, on the condition that nobody else did. */
export interface ScaleState {
  /** 0 where none is stored yet. */
  readonly rev: number;
  readonly shards: readonly ShardRecord[];
  readonly lastSplit: EpochMs | null;
  /** A shard was hot: until then, splitting goes on for balance. */
  readonly balancingUntil: EpochMs | null;
  /** A run makes its moves: no other decides on any until then. */
  readonly movingUntil: EpochMs | null;
}

export const EMPTY_SCALE_STATE: ScaleState = {
  rev: 0,
  shards: [],
  lastSplit: null,
  balancingUntil: null,
  movingUntil: null,
};
