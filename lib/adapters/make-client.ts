import type { StandardRetryStrategy } from '@smithy/core/retry';
import { awsConfig } from './aws-config.ts';
import type { Service } from './resilience/service-guards.ts';

export type ClientConfig = ReturnType<typeof awsConfig> & { readonly retryStrategy?: StandardRetryStrategy };

/**
 * Makes an SDK client. `serviceOf` says what a command is a call of, for those who look after services; the names are
 * the SDK's, e.g. `GetItemCommand`.
 */
export type MakeClient = <Client>(
  make: (config: ClientConfig) => Client,
  serviceOf: (commandName: string) => Service,
) => Client;

/** Clients as they come: nobody looks after the services. For the command line and tests. */
export const makePlainClient: MakeClient = (make) => make(awsConfig());
