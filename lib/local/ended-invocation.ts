import type { EndedInvocation } from './event-source-mapping/ports.ts';
import type { HostedInvocation } from './function-host/function-host.ts';

/** An invocation's result as the event source mapping wants it; what went wrong is told to the log. */
export function toEndedInvocation(
  invocation: HostedInvocation,
  log: (line: string) => void,
): EndedInvocation {
  const { metrics, requestId } = invocation;
  if (invocation.type === 'response') {
    const response = JSON.parse(invocation.payload) as unknown;
    return { requestId, metrics, outcome: { type: 'response', response } };
  }
  log(`invocation ${requestId}: ${invocation.type}: ${invocation.message}`);
  return { requestId, outcome: { type: invocation.type === 'not_invoked' ? 'not_invoked' : 'failed' } };
}
