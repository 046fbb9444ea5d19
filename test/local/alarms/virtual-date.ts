import { replaceDate } from '#test/soak/clock/replace-date.ts';

/**
 * Puts this process's clock ahead of the real one, by more and more: so that alarms, which look back for hours, can be
 * seen to fire within seconds. It goes on at its usual pace in between; timers are left alone.
 */
export class VirtualDate {
  readonly #real = Date;
  readonly #restore: () => void;
  #aheadMs = 0;

  /** `baseMs`: by how much it is ahead before it is put so. */
  constructor(baseMs: () => number = () => 0) {
    this.#restore = replaceDate(() => this.#real.now() + baseMs() + this.#aheadMs);
  }

  get aheadMs(): number {
    return this.#aheadMs;
  }

  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  /** To the beginning of the next minute, or of the next whole number of them. */
  jumpToNext(periodMs: number): void {
    const nowMs = Date.now();
    this.jump(Math.floor(nowMs / periodMs) * periodMs + periodMs - nowMs);
  }

  restore(): void {
    this.#restore();
  }
}
