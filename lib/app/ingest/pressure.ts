import type { UndeliveredReason } from './outcome.ts';

/** After which trying again makes sense at the earliest. */
const WAIT_MS_MIN: Readonly<Record<UndeliveredReason, number>> = {
  busy: 1000,
  throttled: 2000,
  unavailable: 5000,
  refused: 60_000,
};
const WAIT_MS_MAX = 60_000;

/**
 * How long senders are asked to wait: as long as there has been no way through, within bounds; so that a stream that is
 * at its limit for seconds is asked again after seconds, and one that is for minutes is not asked by everybody all the
 * time. Where a service tells when it will be asked again, not before.
 */
export class Pressure {
  readonly #nowMs: () => number;
  #sinceMs: number | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** All that was put is in the stream. */
  delivered(): void {
    this.#sinceMs = undefined;
  }

  /** Something was not. Gives how long its sender is to wait; `retryAfterMs` is what the stream's circuit says. */
  undelivered(reason: UndeliveredReason, retryAfterMs = 0): number {
    const nowMs = this.#nowMs();
    this.#sinceMs ??= nowMs;
    const lastedMs = Math.min(WAIT_MS_MAX, nowMs - this.#sinceMs);
    return Math.max(WAIT_MS_MIN[reason], lastedMs, retryAfterMs);
  }
}
