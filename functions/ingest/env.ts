import * as z from 'zod';

/** The environment of the function `ingest`, as its handler reads it and its construct sets it. */
export const ingestEnv = z.object({
  /** The stream that events are put on: its name, or its ARN where it belongs to another account. */
  WEIR_STREAM: z.string().min(1),
});

export type IngestEnv = z.input<typeof ingestEnv>;
