import { type Dependency, DependencyError } from '#app/ports/dependency-error.ts';
import { Random } from './random.ts';
import { type Caller, START_MS, type World } from './world.ts';

/** One call of a service. */
export interface Call<Result> {
  readonly service: Dependency;
  readonly what: string;
  readonly isWrite: boolean;
  /** What it does when it reaches the service, and the reply. */
  readonly effect: () => Result;
}

/** Makes calls of services. Rejects with a `DependencyError`; never settles for a caller that is dead. */
export interface MakeCall {
  make<Result>(caller: Caller, call: Call<Result>): Promise<Result>;
}

/** The latest that a write comes after the call has failed: long enough for much else to have happened. */
const LATE_MS_MAX = 6 * 60_000;

/**
 * The way to the services and back: it takes time, the effect and the reply are two moments, and everything that can
 * happen to a call in a network happens here.
 */
export class ServiceCalls implements MakeCall {
  readonly #world: World;
  readonly #faults: Random;
  readonly #latencies: Random;

  constructor(world: World) {
    this.#world = world;
    this.#faults = new Random(world.plan.seed, 'io faults');
    this.#latencies = new Random(world.plan.seed, 'latencies');
  }

  /** Rejects with a `DependencyError`; never settles for a caller that is dead. */
  make<Result>(caller: Caller, call: Call<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!caller.isAlive) return;
      const world = this.#world;
      const fault = this.#outageFault() ?? world.dice.ioFault(this.#faults);
      if (world.isTraced)
        world.trace(`${caller.name} ${call.what}${fault === undefined ? '' : ` (${fault})`}`);
      const way = this.#latency();
      const back = this.#latency();
      const succeed = (result: Result) =>
        this.#reply(caller, back, () => {
          caller.hasFailed = false;
          resolve(result);
        });
      // Mostly effect and reply are one happening, which costs half as much.
      const replyAtOnce = (result: Result) => {
        if (!caller.isAlive) return;
        world.running = caller;
        caller.hasFailed = false;
        resolve(result);
      };
      const fail = (failure: 'throttled' | 'unavailable', delayMs: number) =>
        this.#reply(caller, delayMs, () => {
          caller.hasFailed = true;
          caller.failures += 1;
          reject(new DependencyError(call.service, failure, call.what));
        });
      switch (fault) {
        case undefined:
          this.#land(caller, call, way, this.#latencies.chance(0.3) ? succeed : replyAtOnce);
          return;
        case 'slow_io':
          this.#land(caller, call, way * 100, succeed);
          return;
        case 'crash_before_io':
          caller.die();
          return;
        case 'crash_in_flight':
          world.clock.in(way >> 1, () => caller.die());
          this.#landLate(caller, call, way);
          return;
        case 'crash_after_io':
          this.#land(caller, call, way, () => caller.die());
          return;
        case 'hang':
          if (!caller.isTimed) fail('unavailable', way * 100);
          else if (this.#latencies.chance(0.4)) this.#land(caller, call, way, () => {});
          else this.#landLate(caller, call, way);
          return;
        case 'lost_reply':
          this.#land(caller, call, way, () => fail('unavailable', back));
          return;
        case 'client_retry':
          this.#land(caller, call, way, () => this.#land(caller, call, back, succeed));
          return;
        case 'late_write':
          fail('unavailable', way);
          if (call.isWrite) this.#landLate(caller, call, way);
          return;
        case 'throttled':
        case 'unavailable':
          fail(fault, way + back);
      }
    });
  }

  /** Whether no call of anybody succeeds. */
  isAllDown(): boolean {
    const { plan } = this.#world;
    return plan.longOutage !== undefined && this.#isWithin(plan.longOutage);
  }

  #outageFault(): 'throttled' | 'unavailable' | undefined {
    const { outage } = this.#world.plan;
    if (this.isAllDown()) return 'unavailable';
    return outage !== undefined && this.#isWithin(outage) && this.#faults.chance(outage.failures)
      ? 'throttled'
      : undefined;
  }

  #isWithin({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean {
    const sinceStart = this.#world.clock.nowMs - START_MS;
    return sinceStart >= fromMs && sinceStart < toMs;
  }

  #latency(): number {
    const { latencyMs } = this.#world.plan;
    return 1 + Math.floor(this.#latencies.next() * latencyMs);
  }

  #land<Result>(caller: Caller, call: Call<Result>, delayMs: number, then: (result: Result) => void): void {
    const { clock, strikes } = this.#world;
    clock.in(delayMs, () => {
      const result = call.effect();
      if (call.isWrite && !caller.isAlive) strikes.add('zombie_write');
      if (result === 'conflict') strikes.add('conflict');
      if (this.#world.isTraced) {
        this.#world.trace(
          `${caller.name} ${call.what}: ${typeof result === 'string' ? result : 'done'}${caller.isAlive ? '' : ', though it is dead'}`,
        );
      }
      then(result);
    });
  }

  /** The effect comes after much else, or never. */
  #landLate<Result>(caller: Caller, call: Call<Result>, wayMs: number): void {
    if (!call.isWrite) return;
    if (this.#latencies.chance(0.25)) this.#world.strikes.add('write_that_never_came');
    else this.#land(caller, call, wayMs + this.#latencies.magnitude(100, LATE_MS_MAX), () => {});
  }

  #reply(caller: Caller, delayMs: number, settle: () => void): void {
    this.#world.clock.in(delayMs, () => {
      if (!caller.isAlive) return;
      this.#world.running = caller;
      settle();
    });
  }
}
