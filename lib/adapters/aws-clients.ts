import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export interface KinesisClientOptions {
  /** The environment's (`AWS_REGION`, the profile) where left out. */
  readonly region?: string | undefined;
  /** A local endpoint. Where left out: `AWS_ENDPOINT_URL_KINESIS`, `AWS_ENDPOINT_URL`, or else AWS. */
  readonly endpoint?: string | undefined;
}

/**
 * One quick second attempt, which hides a connection that the other side had closed while it was idle. Everything
 * else is for the caller: it knows which records of a call failed, and how long to wait.
 */
const ATTEMPTS_MAX = 2;
const CONNECTION_TIMEOUT_MS = 3000;
/** 5 MiB of records over a slow line take their time. */
const REQUEST_TIMEOUT_MS = 30_000;
const SOCKETS_MAX = 50;

/**
 * A client for putting records and for looking after a stream. It speaks HTTP/1.1 over connections that are kept
 * open: the SDK's own choice for Kinesis, HTTP/2, is needed for enhanced fan-out alone, and fails on local endpoints.
 */
export function kinesisClient({ region, endpoint }: KinesisClientOptions = {}): KinesisClient {
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return new KinesisClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  });
}
