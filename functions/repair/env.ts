import * as z from 'zod';
import { aggregateEnv } from '#functions/aggregate/env.ts';

/** The environment of the function `repair`, as its handler reads it and its construct sets it. */
export const repairEnv = aggregateEnv
  .pick({
    WEIR_TABLE: true,
    WEIR_DEAD_LETTER_QUEUE_URL: true,
    WEIR_DEAD_LETTER_BUCKET: true,
    WEIR_REFERENCE_TABLES: true,
  })
  .extend({
    /** Name or ARN of the stream that is read once more. */
    WEIR_STREAM: z.string().min(1),
  });

export type RepairEnv = z.input<typeof repairEnv>;
