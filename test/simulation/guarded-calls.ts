import { CIRCUIT_SETTINGS } from '#adapters/resilience/circuit.ts';
import { CallRefused, type Service, ServiceGuards } from '#adapters/resilience/service-guards.ts';
import type { Dependency } from '#app/ports/dependency-error.ts';
import { Random } from './random.ts';
import type { Call, MakeCall, ServiceCalls } from './service-calls.ts';
import type { Caller, World } from './world.ts';

/** Calls that may be under way when a circuit opens: folds of blocks, eight at a time. */
const UNDER_WAY_MAX = 8;
/** Half of the time for which a circuit is open: probes come no more often. */
const PROBE_MS_MIN = CIRCUIT_SETTINGS.openMsMax / 2;
/** Probes after 1, 2, 4, 8 and 16 s, and the one that is just made. */
const FIRST_PROBES = 6;

/** What one environment has asked of one service since it was down for all. */
interface Asked {
  readonly sinceMs: number;
  calls: number;
}

/**
 * The calls of the function's environments, with the guards that are deployed between them and the services, on virtual
 * time. While a service is down for everybody, no environment may ask it more often than circuits let it.
 */
export class GuardedCalls implements MakeCall {
  readonly #world: World;
  readonly #calls: ServiceCalls;
  readonly #random: Random;
  readonly #isUnguarded: boolean;
  readonly #guards = new WeakMap<Caller, ServiceGuards>();
  readonly #asked = new WeakMap<Caller, Map<Service, Asked>>();

  /** `isUnguarded`: for a mutant. */
  constructor(world: World, calls: ServiceCalls, isUnguarded: boolean) {
    this.#isUnguarded = isUnguarded;
    this.#world = world;
    this.#calls = calls;
    this.#random = new Random(world.plan.seed, 'guards');
  }

  async make<Result>(caller: Caller, call: Call<Result>): Promise<Result> {
    const service = serviceOf(call.service, call.isWrite);
    if (this.#isUnguarded) {
      this.#count(caller, service);
      return this.#calls.make(caller, call);
    }
    try {
      return await this.#guardsOf(caller).call(service, () => {
        this.#count(caller, service);
        return this.#calls.make(caller, call);
      });
    } catch (error) {
      if (error instanceof CallRefused) {
        this.#world.strikes.add('call_refused');
        caller.hasFailed = true;
        caller.failures += 1;
      }
      throw error;
    }
  }

  #guardsOf(caller: Caller): ServiceGuards {
    let guards = this.#guards.get(caller);
    if (guards === undefined) {
      const { clock, strikes } = this.#world;
      guards = new ServiceGuards((_, isOpen) => strikes.add(isOpen ? 'circuit_opened' : 'circuit_closed'), {
        now: () => clock.nowMs,
        sleep: (ms) => new Promise((resolve) => void clock.in(Math.ceil(ms), resolve)),
        random: () => this.#random.next(),
      });
      this.#guards.set(caller, guards);
    }
    return guards;
  }

  #count(caller: Caller, service: Service): void {
    const world = this.#world;
    if (!this.#calls.isAllDown()) return;
    world.strikes.add('call_while_down');
    const asked = this.#asked.get(caller) ?? new Map<Service, Asked>();
    this.#asked.set(caller, asked);
    const of = asked.get(service) ?? { sinceMs: world.clock.nowMs, calls: 0 };
    asked.set(service, of);
    of.calls += 1;
    const probes = FIRST_PROBES + (world.clock.nowMs - of.sinceMs) / PROBE_MS_MIN;
    const callsMax = CIRCUIT_SETTINGS.callsMax + UNDER_WAY_MAX + probes;
    if (of.calls > callsMax)
      world.fail(
        `${caller.name} asks ${service}, which is down, ${of.calls} times, though ${callsMax} are the most`,
      );
  }
}

const SERVICES: Readonly<Record<Dependency, Service>> = {
  table: 'table_reads',
  reference_data: 'reference_table',
  dead_letters: 'dead_letter_queue',
  stream: 'stream_reads',
  announcements: 'event_bus',
};

function serviceOf(dependency: Dependency, isWrite: boolean): Service {
  return dependency === 'table' && isWrite ? 'table_writes' : SERVICES[dependency];
}
