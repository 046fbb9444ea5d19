/** Share of an invocation's usual duration within which it is killed, if not at once. */
const LATEST_SHARE = 0.8;
const DURATION_MS_AT_FIRST = 20;
const DURATION_STEP = 0.3;

/**
 * Decides when the function's process is killed: at seeded random points of the whole work, and within an invocation
 * at a random moment. Pure: it is told what happens, and answers when to kill.
 */
export class KillPlan {
  readonly #random: () => number;
  readonly #points: readonly number[];
  #done = 0;
  #armed = 0;
  #usualMs = DURATION_MS_AT_FIRST;

  /** `random` gives numbers from 0 to less than 1. */
  constructor(kills: number, random: () => number) {
    this.#random = random;
    this.#points = Array.from({ length: kills }, random).sort((a, b) => a - b);
  }

  get wanted(): number {
    return this.#points.length;
  }

  /** Invocations killed. */
  get done(): number {
    return this.#done;
  }

  /**
   * An invocation has begun, with this share of the work done before it; `last` says that there may be no other after
   * it. Gives how many milliseconds later it should be killed, if it should: at once where no chance may be missed.
   * Whoever is told a time says later what came of it: `killed` or `missed`.
   */
  begun(share: number, last: boolean): number | undefined {
    const due = last ? this.wanted : this.#points.filter((point) => point <= share).length;
    if (this.#done + this.#armed >= due) return undefined;
    this.#armed++;
    return last ? 0 : this.#random() * LATEST_SHARE * this.#usualMs;
  }

  /** An invocation came back by itself after this time. */
  cameBack(durationMs: number): void {
    this.#usualMs += (durationMs - this.#usualMs) * DURATION_STEP;
  }

  killed(): void {
    this.#armed--;
    this.#done++;
  }

  missed(): void {
    this.#armed--;
  }
}
