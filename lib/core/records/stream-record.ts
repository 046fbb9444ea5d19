import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { ShardKey } from '#core/protocol/registry.ts';

/** A record as the stream delivers it. */
export interface StreamRecord {
  readonly sequence: SequenceNumber;
  /** When the stream took it in. */
  readonly arrival: EpochMs;
  readonly data: Uint8Array;
  /** As its producer gave it, where it is known. */
  readonly partitionKey?: string;
}

/** What one invocation gets: records of one shard, in the stream's order. */
export interface Batch {
  readonly shard: ShardKey;
  readonly records: readonly StreamRecord[];
}
