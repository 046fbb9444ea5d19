/** Something that will happen; clearing `run` calls it off. */
export interface Happening {
  readonly timeMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/**
 * Virtual time and the only scheduler of a simulation. What is to happen is kept in order of time, and of its making
 * within one millisecond; between two happenings, everything that awaits a promise goes on until all of it waits for
 * a happening again. So one run has one order, however fast the machine.
 */
export class VirtualClock {
  #nowMs: number;
  #orders = 0;
  #happened = 0;
  /** A binary heap: the children of `i` are `2i + 1` and `2i + 2`. */
  readonly #heap: Happening[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many happenings there were. */
  get happened(): number {
    return this.#happened;
  }

  in(delayMs: number, run: () => void): Happening {
    return this.at(this.#nowMs + delayMs, run);
  }

  at(timeMs: number, run: () => void): Happening {
    const happening = { timeMs: Math.max(timeMs, this.#nowMs), order: this.#orders, run };
    this.#orders += 1;
    this.#push(happening);
    return happening;
  }

  /** Lets things happen until `isOver` says so, asked before each, or nothing is left to happen. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          for (;;) {
            if (isOver()) return resolve();
            const happening = this.#pop();
            if (happening === undefined) return resolve();
            if (happening.run === undefined) continue;
            this.#nowMs = happening.timeMs;
            this.#happened += 1;
            happening.run();
            break;
          }
        } catch (error) {
          return reject(error);
        }
        // A tick runs when no microtask is left, so whatever the happening has set going comes first.
        queueMicrotask(() => process.nextTick(step));
      };
      process.nextTick(step);
    });
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(happening);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, happening)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = happening;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
}
