import type { CacheUse, MemoryCache } from '#app/ports/memory-cache.ts';
import { FULL_HEAP_SHARE } from './gc-watch.ts';

/** Beyond this share of the function's memory, caches are dropped: 0 to 1. */
const MEMORY_SHARE_MAX = 0.85;

/**
 * Drops all caches of an environment before its memory is used up: they can be filled again, and a process that dies
 * takes the batch with it, and everything that it knew.
 */
export class MemoryGuard {
  readonly #caches: MemoryCache[] = [];
  readonly #memoryBytes: number | undefined;
  #shed = 0;

  /** `memoryBytes`: what the function may take; `undefined` where nobody says. */
  constructor(memoryBytes: number | undefined) {
    this.#memoryBytes = memoryBytes;
  }

  watch(cache: MemoryCache): void {
    this.#caches.push(cache);
  }

  /** A full garbage collection has left this share of the heap in use. */
  onFullCollection(heapShare: number): void {
    if (heapShare > FULL_HEAP_SHARE) this.#shedAll();
  }

  /** Bytes outside of the heap count too: the environment is ended when all of its memory is used. */
  look(): void {
    const share = this.memoryShare;
    if (share !== undefined && share > MEMORY_SHARE_MAX) this.#shedAll();
  }

  get memoryShare(): number | undefined {
    return this.#memoryBytes === undefined ? undefined : process.memoryUsage.rss() / this.#memoryBytes;
  }

  get use(): CacheUse {
    const sum = { bytes: 0, hits: 0, misses: 0 };
    for (const { use } of this.#caches) {
      sum.bytes += use.bytes;
      sum.hits += use.hits;
      sum.misses += use.misses;
    }
    return sum;
  }

  get hasShed(): boolean {
    return this.#shed > 0;
  }

  /** How often all was dropped, since the last call of this. */
  takeShed(): number {
    const shed = this.#shed;
    this.#shed = 0;
    return shed;
  }

  /** What is empty is not dropped again: then it is something else that takes the memory. */
  #shedAll(): void {
    if (this.use.bytes === 0) return;
    for (const cache of this.#caches) cache.shed();
    this.#shed += 1;
  }
}
