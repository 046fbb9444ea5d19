import { setTimeout as sleepReal, setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#local/event-source-mapping/ports.ts';

/** How stream time goes, by real time. */
export interface ClockPace {
  readonly startMs: number;
  /** Stream milliseconds in a real one while nothing is under way, at most. */
  readonly idleSpeed: number;
  /** The same while something has been under way for longer than `patienceMs` and only waits; else the two go alike. */
  readonly busySpeed: number;
  /** Real milliseconds. */
  readonly patienceMs: number;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** How long the loop rests when it has nothing to do, in real milliseconds. */
const REST_MS = 5;
/** The same while something is under way. */
const BUSY_REST_MS = 2;
/** Turns of the event loop in which what a timer has set off begins its work. */
const TURNS = 3;

/**
 * The one clock of a run. It jumps from timer to timer while nothing is under way, so that ten hours pass in minutes;
 * and goes as real time does while work is, so that a busy machine makes a run longer and not its figures worse. What
 * is under way for longer than `patienceMs`, while nobody computes, waits for time to pass: then it passes faster.
 */
export class StreamClock implements Clock {
  readonly #pace: ClockPace;
  readonly #onMove: (nowMs: number) => void;
  readonly #isComputing: () => boolean;
  /** By due time; those of the same time in the order in which they were set. */
  readonly #timers: Timer[] = [];
  /** When each piece of work began, in real time; the oldest is the first. */
  readonly #underWay = new Map<object, number>();
  #nowMs: number;
  #stopped = false;
  #frozen = 0;
  #wake: () => void = () => {};

  /**
   * @param onMove is told each new time
   * @param isComputing whether what is under way makes progress
   */
  constructor(
    pace: ClockPace,
    onMove: (nowMs: number) => void = () => {},
    isComputing: () => boolean = () => false,
  ) {
    this.#pace = pace;
    this.#onMove = onMove;
    this.#isComputing = isComputing;
    this.#nowMs = pace.startMs;
    onMove(this.#nowMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback };
    let at = this.#timers.length;
    while (at > 0 && (this.#timers[at - 1]?.dueMs ?? 0) > timer.dueMs) at--;
    this.#timers.splice(at, 0, timer);
    this.#wake();
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Until then; at once if that is past. */
  until(atMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(resolve, atMs - this.#nowMs);
    });
  }

  /** Work that time waits for. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const mark = {};
    this.#underWay.set(mark, performance.now());
    try {
      return await work();
    } finally {
      this.#underWay.delete(mark);
      this.#wake();
    }
  }

  /** Work during which no time passes, for whoever looks at how things stand at one moment. */
  async frozen<T>(work: () => Promise<T>): Promise<T> {
    this.#frozen += 1;
    try {
      return await work();
    } finally {
      this.#frozen -= 1;
      this.#wake();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Lets time pass until `stop` is called. */
  async run(): Promise<void> {
    const { busySpeed, idleSpeed, patienceMs, startMs } = this.#pace;
    const startReal = performance.now();
    let lastReal = startReal;
    while (!this.#stopped) {
      this.#fireDue();
      for (let turns = 0; turns < TURNS; turns++) await turn();
      if (this.#frozen > 0) {
        await this.#rest(BUSY_REST_MS);
        lastReal = performance.now();
        continue;
      }
      const real = performance.now();
      const passed = real - lastReal;
      lastReal = real;
      const next = this.#timers[0]?.dueMs ?? Infinity;
      const [oldest] = this.#underWay.values();
      if (oldest !== undefined) {
        const speed = real - oldest < patienceMs || this.#isComputing() ? 1 : busySpeed;
        this.#moveTo(Math.min(this.#nowMs + passed * speed, next));
        if (this.#nowMs < next) await this.#rest(BUSY_REST_MS);
        continue;
      }
      const line = startMs + (real - startReal) * idleSpeed;
      this.#moveTo(Math.min(next, line));
      if (this.#nowMs < next) await this.#rest(Math.min(REST_MS, (next - this.#nowMs) / idleSpeed));
    }
  }

  #fireDue(): void {
    while (this.#timers[0] !== undefined && this.#timers[0].dueMs <= this.#nowMs) {
      this.#timers.shift()?.callback();
    }
  }

  #moveTo(atMs: number): void {
    if (!(atMs > this.#nowMs) || atMs === Infinity) return;
    this.#nowMs = atMs;
    this.#onMove(atMs);
  }

  /** Ends sooner when work has ended or a timer is set. */
  async #rest(realMs: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, sleepReal(realMs)]);
    this.#wake = () => {};
  }
}
