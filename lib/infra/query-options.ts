import * as z from 'zod';
import { ingestApiOptions } from './ingest-options.ts';

const { accountLogRole, clients, reservedConcurrency } = ingestApiOptions.shape;

/** How the query API of a pipeline is deployed; clients and the rest as the ingest API has them. */
export const queryApiOptions = z.strictObject({
  /** All clients together, in a second; and how many requests at once before that counts. */
  requestsPerSecond: z.number().min(1).max(10_000).default(50),
  burst: z.int().min(1).max(5000).default(100),
  clients,
  reservedConcurrency,
  accountLogRole,
});

export type QueryApiOptions = z.output<typeof queryApiOptions>;
