import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A service answers within milliseconds; whoever can wait for one that takes seconds says so. */
const REQUEST_TIMEOUT_MS = 2000;
const CONNECTION_TIMEOUT_MS = 1000;
const SOCKETS_MAX = 50;

/** The SDK's own attempts at a call, the first included, where nobody else paces them: in the command line. */
const ATTEMPTS_MAX = 3;

/** The connections of a client, for whoever counts them. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export function newAgents(): Agents {
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

/**
 * Settings that every AWS client has. Region, credentials and endpoints come from the environment, as the SDK reads it.
 * The handler speaks HTTP/1.1, which local endpoints understand too.
 */
export function awsConfig(
  { http, https }: Agents = newAgents(),
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
) {
  return {
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: new NodeHttpHandler({
      requestTimeout: requestTimeoutMs,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: http,
      httpsAgent: https,
    }),
  };
}
