import * as z from 'zod';

/** The environment of the function `query`, as its handler reads it and its construct sets it. */
export const queryEnv = z.object({
  /** Name of the table that holds registry, heads, blocks and finals. */
  WEIR_TABLE: z.string().min(1),
});

export type QueryEnv = z.input<typeof queryEnv>;
