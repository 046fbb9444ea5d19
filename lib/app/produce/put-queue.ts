/** Someone who waits for room. */
export interface Waiter {
  readonly bytes: number;
  admit(): void;
  refuse(error: Error): void;
}

/** Waiters at most. Who awaits each put is one; who awaits none would fill the memory with what waits. */
const WAITERS_MAX = 10_000;

/** The line in front of a buffer of bounded size: first come, first served. */
export class PutQueue {
  readonly #hasRoom: (bytes: number) => boolean;
  readonly #waiters: Waiter[] = [];

  constructor(hasRoom: (bytes: number) => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** Whether `bytes` may go in at once: there is room, and nobody waits for it. */
  isOpen(bytes: number): boolean {
    return this.#waiters.length === 0 && this.#hasRoom(bytes);
  }

  /** Throws when too many wait. */
  wait(waiter: Waiter): void {
    if (this.#waiters.length >= WAITERS_MAX) {
      throw new Error(`${WAITERS_MAX} puts wait for room: await each put before the next, or use tryPut`);
    }
    this.#waiters.push(waiter);
  }

  /** Resolves when all who wait now have been let in or sent away. */
  async turn(): Promise<void> {
    if (this.#waiters.length === 0) return;
    await new Promise<void>((resolve) =>
      this.#waiters.push({ bytes: 0, admit: resolve, refuse: () => resolve() }),
    );
  }

  /** Lets in who fits by now. */
  admit(): void {
    for (let next = this.#waiters[0]; next !== undefined; next = this.#waiters[0]) {
      if (next.bytes > 0 && !this.#hasRoom(next.bytes)) break;
      this.#waiters.shift();
      next.admit();
    }
  }

  /** Sends all away. */
  refuse(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(error);
  }
}
