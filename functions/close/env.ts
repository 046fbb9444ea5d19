import * as z from 'zod';

/** The environment of the function `close`, as its handler reads it and its construct sets it. */
export const closeEnv = z.object({
  /** Name of the table that holds registry, heads, blocks and finals. */
  WEIR_TABLE: z.string().min(1),
  /** Name or ARN of the stream whose windows are closed. */
  WEIR_STREAM: z.string().min(1),
  /** Whether each run puts a canary into every shard of the stream, and tells how long the last one took to count. */
  WEIR_CANARY: z.enum(['on', 'off']).default('off'),
  /** Name or ARN of the event bus that closed windows are announced on; without one, they are not. */
  WEIR_EVENT_BUS: z.string().min(1).optional(),
});

export type CloseEnv = z.input<typeof closeEnv>;
