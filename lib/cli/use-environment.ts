/**
 * Makes this process's AWS clients talk to what these variables name: endpoints, region, credentials. The SDK reads
 * them from the environment when a client is made.
 */
export function useEnvironment(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables);
}
