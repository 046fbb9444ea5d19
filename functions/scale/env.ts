import * as z from 'zod';
import { SCALE_FUNCTION, SHARD_CAPACITY } from '#contracts/scale-function.ts';

/** The environment of the function `scale`, as its handler reads it and its construct sets it. */
export const scaleEnv = z
  .object({
    /** Name of the table that holds what it remembers. */
    WEIR_TABLE: z.string().min(1),
    /** Name or ARN of the stream that is scaled. */
    WEIR_STREAM: z.string().min(1),
    /** Between how many shards it is kept. */
    WEIR_SHARDS_MIN: z.coerce.number().int().min(1),
    WEIR_SHARDS_MAX: z.coerce.number().int().min(1),
    /** What a shard is to carry at most: Kinesis' limit, or less where the function is slower than that. */
    WEIR_SHARD_BYTES_PER_SECOND: z.coerce
      .number()
      .min(1)
      .max(SHARD_CAPACITY.bytesPerSecond)
      .default(SHARD_CAPACITY.bytesPerSecond),
    WEIR_SHARD_RECORDS_PER_SECOND: z.coerce
      .number()
      .min(1)
      .max(SHARD_CAPACITY.recordsPerSecond)
      .default(SHARD_CAPACITY.recordsPerSecond),
    /** From one run to the next, in seconds. */
    WEIR_SCALE_EVERY_SECONDS: z.coerce
      .number()
      .positive()
      .default(SCALE_FUNCTION.everyMinutes * 60),
    /** How long shards must have been quiet before they are merged. */
    WEIR_SCALE_CALM_MINUTES: z.coerce.number().positive().default(60),
  })
  .refine(
    ({ WEIR_SHARDS_MAX: max, WEIR_SHARDS_MIN: min }) => min <= max,
    'WEIR_SHARDS_MIN is above WEIR_SHARDS_MAX',
  );

export type ScaleEnv = z.input<typeof scaleEnv>;
