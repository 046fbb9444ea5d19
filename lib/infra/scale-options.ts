import * as z from 'zod';
import { SHARD_CAPACITY } from '#contracts/scale-function.ts';

/** How the shards of a provisioned stream are split and merged by its load. */
export const scaleOptions = z.strictObject({
  /** Between how many shards the stream is kept. What they cost is in docs/scaling.md. */
  shardsMin: z.int().min(1).max(500).default(1),
  shardsMax: z.int().min(2).max(500),
  /** What a shard is to carry at most; less than Kinesis' limits where the function is slower than that. */
  shardBytesPerSecond: z
    .int()
    .min(1000)
    .max(SHARD_CAPACITY.bytesPerSecond)
    .default(SHARD_CAPACITY.bytesPerSecond),
  shardRecordsPerSecond: z
    .int()
    .min(1)
    .max(SHARD_CAPACITY.recordsPerSecond)
    .default(SHARD_CAPACITY.recordsPerSecond),
  /** How long shards must have been quiet before they are merged. */
  calmMinutes: z.int().min(15).max(1440).default(60),
});

export type ScaleOptions = z.output<typeof scaleOptions>;
