import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A service answers within milliseconds; what takes seconds is in trouble, and another attempt is the better wait. */
const REQUEST_TIMEOUT_MS = 3000;
const CONNECTION_TIMEOUT_MS = 1000;
const SOCKETS_MAX = 50;

/** The SDK's own attempts at a call, the first included; beyond them the batch is handed back and comes again. */
const ATTEMPTS_MAX = 3;

/**
 * Settings that every AWS client of the functions has. Region, credentials and endpoints come from the environment,
 * as the SDK reads it. The handler speaks HTTP/1.1, which local endpoints understand too.
 */
export function awsConfig() {
  return {
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: new NodeHttpHandler({
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
    }),
  };
}
