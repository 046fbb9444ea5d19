import { awsConfig, newAgents } from './aws-config.ts';
import type { MakeClient } from './make-client.ts';
import { guardClient } from './resilience/guard-client.ts';
import { ServiceGuards } from './resilience/service-guards.ts';
import { TransientRetries } from './resilience/transient-retries.ts';

/** What a function's execution environment has beside its work: guarded clients. One an environment. */
export class FunctionEnvironment {
  readonly guards: ServiceGuards;

  constructor() {
    this.guards = new ServiceGuards();
  }

  readonly makeClient: MakeClient = (make, serviceOf) => {
    const config = { ...awsConfig(newAgents()), retryStrategy: new TransientRetries() };
    return guardClient(make(config), this.guards, serviceOf);
  };
}
