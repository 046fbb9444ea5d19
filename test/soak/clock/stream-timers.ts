import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

/** How often a process with timers looks at the clock, in real milliseconds. */
const LOOK_EVERY_MS = 10;

type Callback = (...values: unknown[]) => void;

/** A timer in stream time, with what a timer of Node has. */
class StreamTimeout {
  dueMs = 0;
  readonly everyMs: number | undefined;
  readonly delayMs: number;
  readonly callback: () => void;
  readonly #of: StreamTimers;

  constructor(of: StreamTimers, callback: () => void, delayMs: number, repeats: boolean) {
    this.#of = of;
    this.callback = callback;
    this.delayMs = Math.max(1, delayMs || 0);
    this.everyMs = repeats ? this.delayMs : undefined;
  }

  ref = () => this;
  unref = () => this;
  hasRef = () => false;
  refresh = () => this.#of.start(this);
  close = () => {
    this.#of.stop(this);
    return this;
  };
  [Symbol.dispose] = () => this.#of.stop(this);
}

/**
 * Timers of a process that go by a clock which others move. Nothing tells this process that it has moved: it looks
 * every ten milliseconds, while it has timers: more often, and it would seem to be at work. None of them keeps the process alive.
 */
export class StreamTimers {
  readonly #nowMs: () => number;
  readonly #pending = new Set<StreamTimeout>();
  readonly #real = { setInterval, clearInterval };
  #looking: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  set(callback: Callback, delayMs = 0, ...values: unknown[]): StreamTimeout {
    return this.start(new StreamTimeout(this, () => callback(...values), delayMs, false));
  }

  repeat(callback: Callback, delayMs = 0, ...values: unknown[]): StreamTimeout {
    return this.start(new StreamTimeout(this, () => callback(...values), delayMs, true));
  }

  start(timeout: StreamTimeout): StreamTimeout {
    timeout.dueMs = this.#nowMs() + timeout.delayMs;
    this.#pending.add(timeout);
    this.#looking ??= this.#real.setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return timeout;
  }

  stop(timeout: StreamTimeout): void {
    this.#pending.delete(timeout);
    if (this.#pending.size > 0 || this.#looking === undefined) return;
    this.#real.clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #look(): void {
    const nowMs = this.#nowMs();
    const due = [...this.#pending].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const timeout of due) {
      if (!this.#pending.has(timeout)) continue;
      if (timeout.everyMs === undefined) this.stop(timeout);
      else timeout.dueMs = nowMs + timeout.everyMs;
      timeout.callback();
    }
  }
}

/** Puts stream time behind `setTimeout` and `setInterval`, wherever the code of this process has them from. */
export function replaceTimers(nowMs: () => number): void {
  const stream = new StreamTimers(nowMs);
  const real = { clearTimeout, clearInterval };
  const clear = (timeout: unknown) => {
    if (timeout instanceof StreamTimeout) stream.stop(timeout);
    else real.clearTimeout(timeout as NodeJS.Timeout);
  };
  const replaced = {
    setTimeout: (callback: Callback, delayMs?: number, ...values: unknown[]) =>
      stream.set(callback, delayMs, ...values),
    setInterval: (callback: Callback, delayMs?: number, ...values: unknown[]) =>
      stream.repeat(callback, delayMs, ...values),
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, replaced);
  Object.assign(timers, replaced);
  Object.assign(timersPromises, {
    setTimeout: (delayMs?: number, value?: unknown) =>
      new Promise((resolve) => {
        stream.set(() => resolve(value), delayMs);
      }),
  });
  syncBuiltinESMExports();
}
