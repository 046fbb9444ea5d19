import * as z from 'zod';

/** The environment of the function `query`, as its handler reads it and its construct sets it. */
export const queryEnv = z.object({
  /** Name of the table that holds registry, heads, blocks and finals. */
  WEIR_TABLE: z.string().min(1),
  /** Name or ARN of the stream, to see whether it is there. */
  WEIR_STREAM: z.string().min(1).optional(),
  /** URL of the queue for rejected events, for the same. */
  WEIR_DEAD_LETTER_QUEUE_URL: z.string().min(1).optional(),
});

export type QueryEnv = z.input<typeof queryEnv>;
