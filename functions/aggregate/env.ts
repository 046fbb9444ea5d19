import * as z from 'zod';

/** The environment of the function `aggregate`, as its handler reads it and its construct sets it. */
export const aggregateEnv = z.object({
  /** Name of the table that holds registry, heads and blocks. */
  WEIR_TABLE: z.string().min(1),
  /** URL of the queue for rejected events. */
  WEIR_DEAD_LETTER_QUEUE_URL: z.string().min(1),
  /** Bucket for the payloads of rejected events that are too large for the queue. */
  WEIR_DEAD_LETTER_BUCKET: z.string().min(1),
  /**
   * Tables of reference data that are used in place of those that the pipeline's lookups name: a JSON object of names
   * or ARNs, by the names in the definition.
   */
  WEIR_REFERENCE_TABLES: z
    .string()
    .default('{}')
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('is no JSON; give an object of names, e.g. {"airports":"airports-test"}');
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string(), z.string().min(1))),
  /**
   * Age, in seconds, from which a record that comes alone is watched, since it may be one that kills the function.
   * More than the batching window: else every record of a quiet stream costs a write more.
   */
  WEIR_SUSPECT_AFTER_SECONDS: z.coerce.number().min(1).max(3600).default(60),
});

export type AggregateEnv = z.input<typeof aggregateEnv>;
