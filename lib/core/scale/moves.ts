import type { HashPosition, ShardId } from '../brand.ts';
import type { ShardLook } from './note-measures.ts';
import type { ShardRecord } from './scale-state.ts';

/** One operation on the stream. */
export type Move =
  | {
      readonly type: 'split';
      readonly shard: ShardId;
      /** The first position of the upper half. */
      readonly at: HashPosition;
      readonly reason: string;
    }
  | {
      readonly type: 'merge';
      readonly shard: ShardId;
      /** The shard whose range follows. */
      readonly neighbour: ShardId;
      readonly reason: string;
    };

/** A hot shard that scaling can't help. */
export type Finding =
  | {
      readonly type: 'hot_key';
      readonly shard: ShardId;
      /** Share of the shard's capacity. */
      readonly load: number;
      /** MD5 of the partition key. */
      readonly key: HashPosition;
      /** Of the shard's load, from 0 to 1. */
      readonly share: number;
    }
  | { readonly type: 'at_maximum'; readonly shard: ShardId; readonly load: number };

/** An open shard with what is known of it. */
export interface KnownShard extends ShardLook {
  readonly record: ShardRecord | undefined;
}
