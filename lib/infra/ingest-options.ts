import * as z from 'zod';

/** A client's name is part of logical ids and of an output's name. */
const clientName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/, 'is no name: letters and digits, up to 40');

/** How the ingest API of a pipeline is deployed. */
export const ingestApiOptions = z.strictObject({
  /** All clients together, in a second; and how many requests at once before that counts. */
  requestsPerSecond: z.number().min(1).max(10_000).default(500),
  burst: z.int().min(1).max(5000).default(1000),
  /** Clients, each with an API key and limits of its own. Where there are some, a request needs a key. */
  clients: z
    .record(
      clientName,
      z.strictObject({
        requestsPerSecond: z.number().min(1).max(10_000).default(50),
        burst: z.int().min(1).max(5000).default(100),
        /** No cap unless given. */
        requestsPerMonth: z.int().min(1).optional(),
      }),
    )
    .default({}),
  /** Invocations that the account keeps free for the function `ingest`, and that it can not exceed. */
  reservedConcurrency: z.int().min(1).optional(),
  /**
   * Whether the stack sets the role by which API Gateway writes logs, of which an account has one in a region; `false`
   * where somebody else does.
   */
  accountLogRole: z.boolean().default(true),
});

export type IngestApiOptions = z.output<typeof ingestApiOptions>;
