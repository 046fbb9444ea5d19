import type { Clock } from '#local/event-source-mapping/ports.ts';

/** A clock that goes on only when nothing is left to be done at its time. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(resolve, delayMs);
    });
  }

  /** Lets time pass until `work` has ended; at most `limitMs`. */
  async run<Result>(work: Promise<Result>, limitMs = 24 * 3600 * 1000): Promise<Result> {
    const endMs = this.#nowMs + limitMs;
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    while (true) {
      await new Promise((resolve) => setImmediate(resolve));
      if (ended) return work;
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) throw new Error(`nothing more happens at ${this.#nowMs}`);
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
    }
  }
}
