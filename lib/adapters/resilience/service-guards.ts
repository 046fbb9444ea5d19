import { setTimeout as sleep } from 'node:timers/promises';
import { type Dependency, DependencyError } from '#app/ports/dependency-error.ts';
import { failureOfCall } from '../dependency-error.ts';
import { AdaptiveLimit, LIMIT_SETTINGS } from './adaptive-limit.ts';
import { CIRCUIT_SETTINGS, Circuit, CircuitOpen, type CircuitSettings } from './circuit.ts';

/** What has a circuit of its own: one may be down while the others are not. */
export type Service =
  | 'table_reads'
  | 'table_writes'
  | 'reference_table'
  | 'dead_letter_queue'
  | 'dead_letter_bucket'
  | 'stream_reads'
  | 'stream_puts'
  | 'event_bus';

interface ServiceSettings {
  readonly dependency: Dependency;
  /** Slower than this is in trouble. */
  readonly slowMs: number;
  /** How long one attempt waits for its answer; longer than `slowMs`, so that an answer which is slow is used. */
  readonly timeoutMs: number;
  /** Whether throttled calls wait here; other callers have their own ways to send again what was refused. */
  readonly isPaced: boolean;
}

/** What most services answer within, or else are in trouble. */
const QUICK = { slowMs: 1000, timeoutMs: 2000 } as const;
const STEADY = { slowMs: 1500, timeoutMs: 2000 } as const;
/**
 * Nothing counts without the table: one that takes seconds is worth waiting for, as long as a last commit's two rounds of
 * writes (ids and blocks, then the head) end within the 10 s that are kept for it.
 */
const PATIENT = { slowMs: 4000, timeoutMs: 5000 } as const;

const SERVICES: Readonly<Record<Service, ServiceSettings>> = {
  table_reads: { dependency: 'table', ...PATIENT, isPaced: true },
  table_writes: { dependency: 'table', ...PATIENT, isPaced: true },
  reference_table: { dependency: 'reference_data', ...PATIENT, isPaced: true },
  dead_letter_queue: { dependency: 'dead_letters', ...QUICK, isPaced: true },
  dead_letter_bucket: { dependency: 'dead_letters', ...STEADY, isPaced: true },
  stream_reads: { dependency: 'stream', ...STEADY, isPaced: true },
  stream_puts: { dependency: 'stream', ...STEADY, isPaced: false },
  event_bus: { dependency: 'announcements', ...QUICK, isPaced: true },
};

/** How long an attempt at a call of a service waits for its answer, in milliseconds. */
export function timeoutMsOf(service: Service): number {
  return SERVICES[service].timeoutMs;
}

/** How long before the end of an invocation calls are given up: it must still answer that it could not finish. */
const ANSWER_MS = 1000;

/** A call to a service that was not made, or not waited for. */
export class CallRefused extends DependencyError {
  /** Until it is worth while to ask again; 0 where it was only the time that ran out. */
  readonly retryAfterMs: number;

  constructor(dependency: Dependency, what: string, retryAfterMs: number) {
    super(dependency, 'unavailable', what);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where time and chance come from. */
export interface GuardTime {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
}

const REAL_TIME: GuardTime = {
  now: Date.now,
  sleep: (ms) => sleep(ms),
  random: Math.random,
};

/** What the guards have done since they were last asked. */
export interface GuardCounts {
  /** Circuits that are open now. */
  readonly open: readonly Service[];
  /** Circuits that opened, one that opened again after a failed probe among them. */
  readonly opened: number;
  /** Calls that were not made. */
  readonly refused: number;
  /** Calls that were throttled, each attempt counted. */
  readonly throttled: number;
  /** The writes to the table that may be under way at a time. */
  readonly writesAtATime: number;
}

/**
 * Stands between an execution environment and the services that it calls: a circuit for each of them, a pace where
 * they throttle, and the end of the invocation. State is the environment's: another one finds out by itself, with its
 * first few calls, and a new one begins with all circuits closed.
 */
export class ServiceGuards {
  readonly #time: GuardTime;
  readonly #circuits = new Map<Service, Circuit>();
  readonly #limits = new Map<Service, AdaptiveLimit>();
  readonly #onChange: (service: Service, isOpen: boolean) => void;
  #opened = 0;
  #refused = 0;
  #throttledBefore = 0;
  #end: { readonly reached: Promise<never>; readonly isReached: () => boolean } | undefined;

  /** `onChange` is told when a circuit opens or closes. */
  constructor(onChange: (service: Service, isOpen: boolean) => void = () => {}, time: GuardTime = REAL_TIME) {
    this.#onChange = onChange;
    this.#time = time;
  }

  /**
   * Makes a call of a service. Rejects with a `CallRefused` where the circuit is open, or the invocation is about to
   * end; else as the call does.
   */
  async call<Result>(service: Service, call: () => Promise<Result>): Promise<Result> {
    const { dependency, isPaced } = SERVICES[service];
    const end = this.#end;
    if (end?.isReached()) throw outOfTime(service);
    const circuit = this.#circuit(service);
    const guarded = async () => {
      try {
        return await circuit.run(call);
      } catch (error) {
        if (!(error instanceof CircuitOpen)) throw error;
        this.#refused += 1;
        throw new CallRefused(dependency, `${service}: ${error.message}`, error.retryAfterMs);
      }
    };
    const made = isPaced ? this.#limit(service).run(guarded) : guarded();
    return end === undefined
      ? made
      : Promise.race([made, end.reached.catch(() => Promise.reject(outOfTime(service)))]);
  }

  /**
   * An invocation, which would be stopped at `deadline`, in epoch milliseconds: Lambda takes that for an error, and
   * cuts the batch in halves for it. So calls that are under way shortly before are given up, whatever becomes of them.
   */
  async within<Result>(deadline: number, work: () => Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    let isReached = false;
    const reached = new Promise<never>((_, reject) => {
      const reach = () => {
        isReached = true;
        reject(new Error('the invocation is about to end'));
      };
      timer = setTimeout(reach, Math.max(0, deadline - ANSWER_MS - this.#time.now()));
    });
    reached.catch(() => {});
    this.#end = { reached, isReached: () => isReached };
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      this.#end = undefined;
    }
  }

  get openCircuits(): number {
    let open = 0;
    for (const circuit of this.#circuits.values()) if (circuit.isOpen) open += 1;
    return open;
  }

  /** What was done since the last call of this. */
  takeCounts(): GuardCounts {
    const throttles = [...this.#limits.values()].reduce((sum, limit) => sum + limit.throttles, 0);
    const counts = {
      open: [...this.#circuits].filter(([, circuit]) => circuit.isOpen).map(([service]) => service),
      opened: this.#opened,
      refused: this.#refused,
      throttled: throttles - this.#throttledBefore,
      writesAtATime: this.#limits.get('table_writes')?.calls ?? LIMIT_SETTINGS.callsFirst,
    };
    this.#opened = 0;
    this.#refused = 0;
    this.#throttledBefore = throttles;
    return counts;
  }

  #circuit(service: Service): Circuit {
    let circuit = this.#circuits.get(service);
    if (circuit === undefined) {
      const settings: CircuitSettings = { ...CIRCUIT_SETTINGS, slowMs: SERVICES[service].slowMs };
      circuit = new Circuit(settings, {
        ...this.#time,
        isFailure: (error) => failureOfCall(error) === 'unavailable',
        onChange: (isOpen) => {
          if (isOpen) this.#opened += 1;
          this.#onChange(service, isOpen);
        },
      });
      this.#circuits.set(service, circuit);
    }
    return circuit;
  }

  #limit(service: Service): AdaptiveLimit {
    let limit = this.#limits.get(service);
    if (limit === undefined) {
      const isThrottle = (error: unknown) => failureOfCall(error) === 'throttled';
      limit = new AdaptiveLimit(LIMIT_SETTINGS, { ...this.#time, isThrottle });
      this.#limits.set(service, limit);
    }
    return limit;
  }
}

function outOfTime(service: Service): CallRefused {
  return new CallRefused(SERVICES[service].dependency, `${service}: the time of the invocation is up`, 0);
}
