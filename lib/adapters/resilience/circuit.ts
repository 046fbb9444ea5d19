import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';

/** When a circuit opens, and for how long. */
export interface CircuitSettings {
  /** A call that takes longer than this counts as failed, though its answer is used. */
  readonly slowMs: number;
  /** Calls that are looked back on. */
  readonly callsMax: number;
  /** Fewer calls than this say nothing. */
  readonly callsMin: number;
  /** The share of failed calls beyond which the circuit opens. */
  readonly failedShare: number;
  /** How long it stays open before the first probe; twice as long after each that fails. */
  readonly openMsFirst: number;
  readonly openMsMax: number;
}

export const CIRCUIT_SETTINGS: CircuitSettings = {
  slowMs: 1000,
  callsMax: 20,
  callsMin: 5,
  failedShare: 0.5,
  openMsFirst: 1000,
  openMsMax: 30_000,
};

/** What a circuit is told and tells. Time and chance come from outside. */
export interface CircuitDeps {
  /** Milliseconds; need not be the date. */
  readonly now: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /** Whether an error speaks of a service in trouble; others are answers like any. */
  readonly isFailure: (error: unknown) => boolean;
  /** Told when it opens (also: again, after a failed probe), and when it closes. */
  readonly onChange: (isOpen: boolean) => void;
}

/** A call that was not made. */
export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
  /** Until a call is let through again. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`not asked: it failed or was slow, and is tried again in ${Math.ceil(retryAfterMs)} ms`);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Timed<Result> {
  readonly result: Result;
  readonly ms: number;
}

/**
 * Keeps calls from a service that fails or is slow: after too many of them it opens, and calls fail at once; after a
 * while one is let through, and decides whether it closes or stays open for longer. Others that come meanwhile wait
 * for that one.
 *
 * It has no timers: an environment of Lambda is frozen between invocations.
 */
export class Circuit {
  readonly #settings: CircuitSettings;
  readonly #deps: CircuitDeps;
  readonly #policy: CircuitBreakerPolicy;
  #probeAt = Number.NEGATIVE_INFINITY;

  constructor(settings: CircuitSettings, deps: CircuitDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { callsMax, callsMin, failedShare, openMsFirst, slowMs } = settings;
    const failed = handleWhen((error) => deps.isFailure(error)).orWhenResult(
      (timed) => (timed as Timed<unknown>).ms > slowMs,
    );
    this.#policy = circuitBreaker(failed, {
      breaker: new CountBreaker({ size: callsMax, minimumNumberOfCalls: callsMin, threshold: failedShare }),
      halfOpenAfter: { next: () => this.#openFor(openMsFirst) },
    });
    this.#policy.onBreak(() => deps.onChange(true));
    this.#policy.onReset(() => deps.onChange(false));
  }

  /** Also while a probe is under way. */
  get isOpen(): boolean {
    return this.#policy.state !== CircuitState.Closed;
  }

  /** Makes the call, or rejects with `CircuitOpen`. */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    const { now } = this.#deps;
    try {
      const { result } = await this.#policy.execute(async (): Promise<Timed<Result>> => {
        const started = now();
        return { result: await call(), ms: now() - started };
      });
      return result;
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new CircuitOpen(Math.max(0, this.#probeAt - now()));
    }
  }

  /**
   * The library compares its own clock with a duration; what it is given is all or nothing, by our clock. From half of
   * the time to all of it, so that environments do not probe in step.
   */
  #openFor(ms: number): IBackoff<unknown> {
    const { now, random } = this.#deps;
    const probeAt = now() + ms * (0.5 + random() / 2);
    this.#probeAt = probeAt;
    return {
      get duration() {
        return now() < probeAt ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      },
      next: () => this.#openFor(Math.min(ms * 2, this.#settings.openMsMax)),
    };
  }
}
