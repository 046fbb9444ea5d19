import { DependencyError } from '#app/ports/dependency-error.ts';
import type { LookupsPlan } from './draw-lookups.ts';
import { type Call, ServiceCalls } from './service-calls.ts';
import { type Caller, START_MS, type World } from './world.ts';

/** When a call is given up: the adapter does so. */
const ANSWER_MS_MAX = 5000;
const REFUSED_MS = 40;

/**
 * Calls of the reference table: what may happen to any call, and beside that the times in which it is down, throttles,
 * or does not answer in time. With draws of its own, so that the calls of other services are as they were.
 */
export class ReferenceCalls extends ServiceCalls {
  readonly #around: World;
  readonly #plan: LookupsPlan;

  constructor(world: World, plan: LookupsPlan) {
    super(world);
    this.#around = world;
    this.#plan = plan;
  }

  override make<Result>(caller: Caller, call: Call<Result>): Promise<Result> {
    const { clock } = this.#around;
    const sinceStart = clock.nowMs - START_MS;
    const outage = this.#plan.outages.find(({ fromMs, toMs }) => sinceStart >= fromMs && sinceStart < toMs);
    return new Promise((resolve, reject) => {
      let isOver = false;
      const settle = (how: () => void) => {
        if (!isOver) how();
        isOver = true;
      };
      const fail = (failure: 'throttled' | 'unavailable') => {
        if (isOver || !caller.isAlive) return;
        this.#around.running = caller;
        caller.hasFailed = true;
        caller.failures += 1;
        settle(() => reject(new DependencyError(call.service, failure, call.what)));
      };
      const isSlow = outage === undefined || outage.how === 'slow';
      const failure = outage?.how === 'throttled' ? 'throttled' : 'unavailable';
      clock.in(isSlow ? ANSWER_MS_MAX : REFUSED_MS, () => fail(failure));
      if (outage !== undefined) return;
      void super.make(caller, call).then(
        (result) => settle(() => resolve(result)),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }
}
