import * as z from 'zod';
import { aggregateEnv } from '#functions/aggregate/env.ts';

/** The environment of the function `query`, as its handler reads it and its construct sets it. */
export const queryEnv = z.object({
  /** Name of the table that holds registry, heads, blocks and finals. */
  WEIR_TABLE: z.string().min(1),
  /** Name or ARN of the stream, to see whether it is there. */
  WEIR_STREAM: z.string().min(1).optional(),
  /** URL of the queue for rejected events, for the same. */
  WEIR_DEAD_LETTER_QUEUE_URL: z.string().min(1).optional(),
  /** Bucket for payloads that are too large for it, for the same. */
  WEIR_DEAD_LETTER_BUCKET: z.string().min(1).optional(),
  /** Name or ARN of the event bus that closed windows are announced on, for the same. */
  WEIR_EVENT_BUS: z.string().min(1).optional(),
  /** Tables of reference data that are used in place of those that the lookups name, for the same. */
  WEIR_REFERENCE_TABLES: aggregateEnv.shape.WEIR_REFERENCE_TABLES.optional(),
});

export type QueryEnv = z.input<typeof queryEnv>;
