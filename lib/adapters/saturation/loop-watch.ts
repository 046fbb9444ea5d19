import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;

/**
 * Watches how long the event loop lets others wait, within invocations: between them the process is frozen, and the
 * longest of waits means nothing.
 */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #delayMs = 0;

  begin(): void {
    this.#histogram.reset();
    this.#histogram.enable();
  }

  end(): void {
    this.#look();
    this.#histogram.disable();
  }

  /** The longest wait since the last call of this. */
  takeDelayMs(): number {
    this.#look();
    const delayMs = this.#delayMs;
    this.#delayMs = 0;
    this.#histogram.reset();
    return delayMs;
  }

  /** Each sample is a timer's interval and the delay that comes to it. */
  #look(): void {
    if (this.#histogram.count === 0) return;
    this.#delayMs = Math.max(this.#delayMs, this.#histogram.max / 1e6 - RESOLUTION_MS);
  }
}
