import type { Runtime } from '#local/runtime.ts';
import type { KillPlan } from './kill-plan.ts';

/** How far the work is, as records. */
export interface WorkLeft {
  /** Share of the work that is done, 0 to 1, as well as it is known. */
  readonly share: number;
  /** Whether an invocation that begins now may be the last one. */
  readonly last: boolean;
}

/**
 * Kills the function's process in the middle of invocations, as the plan says. The runtime must have one process of it
 * at a time, so that the kill meets the invocation that it is meant for. Returns a function that ends it.
 */
export function killInvocations(runtime: Runtime, plan: KillPlan, workLeft: () => WorkLeft): () => void {
  const armed = new Map<string, NodeJS.Timeout>();
  const end = runtime.onInvocation((event) => {
    const { requestId } = event;
    if (event.type === 'started') {
      const { share, last } = workLeft();
      const delayMs = plan.begun(share, last);
      if (delayMs === undefined) return;
      const kill = () => void runtime.killInFlight();
      if (delayMs === 0) kill();
      armed.set(requestId, setTimeout(kill, delayMs)); // a second kill of the same process changes nothing
      return;
    }
    if (event.result === 'response') plan.cameBack(event.durationMs);
    const timer = armed.get(requestId);
    if (timer === undefined) return;
    clearTimeout(timer);
    armed.delete(requestId);
    if (event.result === 'crashed') plan.killed();
    else plan.missed();
  });
  return () => {
    end();
    for (const timer of armed.values()) clearTimeout(timer);
  };
}
