import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** A pause that is felt. */
const LONG_PAUSE_MS = 500;
/** A heap beyond this is short of room. */
export const FULL_HEAP_SHARE = 0.7;

/** What garbage collection cost, and what it left, in a while. */
export interface GcUse {
  readonly pauseMs: number;
  readonly totalMs: number;
  /** What lived after the last full collection, of what the heap may hold: 0 to 1; `undefined` where there was none. */
  readonly heapShare: number | undefined;
}

/** Watches garbage collection. Only a full one shows what lives: what is in the heap otherwise may all be garbage. */
export class GcWatch {
  readonly #observer: PerformanceObserver;
  readonly #onFull: (heapShare: number) => void;
  readonly #oldSpaceBytes = oldSpaceBytes();
  #pauseMs = 0;
  #totalMs = 0;
  #heapShare: number | undefined;

  /** `onFull` is told of each full collection, as soon as the process gets to it. */
  constructor(onFull: (heapShare: number) => void) {
    this.#onFull = onFull;
    this.#observer = new PerformanceObserver((list) => this.#take(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Whether it has stopped the process for long, or left little room, since `takeUse` was called last. */
  isHeavy(): boolean {
    this.#take(this.#observer.takeRecords());
    return this.#pauseMs > LONG_PAUSE_MS || (this.#heapShare ?? 0) > FULL_HEAP_SHARE;
  }

  /** Since the last call of this. */
  takeUse(): GcUse {
    this.#take(this.#observer.takeRecords());
    const use = { pauseMs: this.#pauseMs, totalMs: this.#totalMs, heapShare: this.#heapShare };
    this.#pauseMs = 0;
    this.#totalMs = 0;
    this.#heapShare = undefined;
    return use;
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #take(entries: ReturnType<PerformanceObserver['takeRecords']>): void {
    let isFull = false;
    for (const entry of entries) {
      const { duration } = entry;
      const { detail } = entry as { readonly detail?: { readonly kind?: number } };
      this.#pauseMs = Math.max(this.#pauseMs, duration);
      this.#totalMs += duration;
      isFull ||= detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
    }
    if (!isFull) return;
    const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
    this.#heapShare = used / Math.min(limit, this.#oldSpaceBytes);
    this.#onFull(this.#heapShare);
  }
}

/**
 * What lives for long has to fit into this much, where it is given; the limit that V8 tells has room for the young in
 * it, which is a large part of a small heap.
 */
function oldSpaceBytes(): number {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const sizes = options.flatMap((option) => /^--max[-_]old[-_]space[-_]size=(\d+)$/.exec(option)?.[1] ?? []);
  return sizes.length === 0 ? Number.POSITIVE_INFINITY : Number(sizes[0]) * 1024 * 1024;
}
