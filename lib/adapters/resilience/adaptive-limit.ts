/** How many calls are made at a time, and how often one is tried that was throttled. */
export interface LimitSettings {
  readonly callsFirst: number;
  readonly callsMax: number;
  /** Attempts at one call, the first included. */
  readonly attemptsMax: number;
  /** The wait after the first attempt is up to this; it doubles with each. */
  readonly waitMsFirst: number;
  readonly waitMsMax: number;
  /** Where one call at a time is still too much: the least and the longest time between two. */
  readonly gapMsMin: number;
  readonly gapMsMax: number;
}

export const LIMIT_SETTINGS: LimitSettings = {
  callsFirst: 16,
  callsMax: 32,
  attemptsMax: 5,
  waitMsFirst: 100,
  waitMsMax: 1000,
  gapMsMin: 20,
  gapMsMax: 1000,
};

/** What a success makes of the gap. */
const GAP_SHRINKS_TO = 0.9;

export interface LimitDeps {
  /** Milliseconds; need not be the date. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /** Whether an error says that the service is asked too often. */
  readonly isThrottle: (error: unknown) => boolean;
}

/**
 * Asks a service for as much as it takes: each success lets a little more be under way at a time, a throttled call
 * halves it (additive increase, multiplicative decrease: D.-M. Chiu and R. Jain, "Analysis of the increase and decrease
 * algorithms for congestion avoidance", 1989). Where one at a time is still too much, it is the time between two that
 * doubles, and shrinks with each success. A throttled call waits, with full jitter, and is made again; meanwhile it keeps
 * its place.
 */
export class AdaptiveLimit {
  readonly #settings: LimitSettings;
  readonly #deps: LimitDeps;
  readonly #waiting: (() => void)[] = [];
  #callsMax: number;
  #underWay = 0;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  #throttles = 0;
  #gapMs = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(settings: LimitSettings, deps: LimitDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#callsMax = settings.callsFirst;
  }

  /** Calls that may be under way now. */
  get calls(): number {
    return Math.max(1, Math.floor(this.#callsMax));
  }

  /** Answers so far that said that it was asked too often. */
  get throttles(): number {
    return this.#throttles;
  }

  /** Makes a call when there is room for it. Rejects as the call does, after the last attempt where it is throttled. */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#enter();
    try {
      for (let attempt = 1; ; attempt++) {
        await this.#turn();
        const started = this.#deps.now();
        try {
          const result = await call();
          this.#succeeded();
          return result;
        } catch (error) {
          if (!this.#deps.isThrottle(error)) throw error;
          this.#throttled(started);
          if (attempt >= this.#settings.attemptsMax) throw error;
          await this.#deps.sleep(this.#waitMs(attempt));
        }
      }
    } finally {
      this.#leave();
    }
  }

  /** Calls that were under way together are throttled together: that is one sign, not many. */
  #throttled(started: number): void {
    this.#throttles += 1;
    if (started < this.#decreasedAt) return;
    const { gapMsMax, gapMsMin } = this.#settings;
    if (this.calls === 1) this.#gapMs = Math.min(gapMsMax, Math.max(gapMsMin, this.#gapMs * 2));
    this.#callsMax = Math.max(1, this.#callsMax / 2);
    this.#decreasedAt = this.#deps.now();
  }

  #succeeded(): void {
    if (this.#gapMs > 0) {
      this.#gapMs = this.#gapMs < this.#settings.gapMsMin ? 0 : this.#gapMs * GAP_SHRINKS_TO;
      return;
    }
    this.#callsMax = Math.min(this.#settings.callsMax, this.#callsMax + 1 / this.#callsMax);
  }

  /** Waits until the gap since the last call has passed. */
  async #turn(): Promise<void> {
    if (this.#gapMs === 0) return;
    const now = this.#deps.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#gapMs;
    if (at > now) await this.#deps.sleep(at - now);
  }

  #waitMs(attempt: number): number {
    const { waitMsFirst, waitMsMax } = this.#settings;
    return this.#deps.random() * Math.min(waitMsMax, waitMsFirst * 2 ** (attempt - 1));
  }

  async #enter(): Promise<void> {
    while (this.#underWay >= this.calls) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underWay += 1;
  }

  #leave(): void {
    this.#underWay -= 1;
    for (let room = this.calls - this.#underWay; room > 0; room--) this.#waiting.shift()?.();
  }
}
