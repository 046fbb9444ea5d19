/** What a cache holds, and what it was good for. */
export interface CacheUse {
  readonly bytes: number;
  /** Since it was made. */
  readonly hits: number;
  readonly misses: number;
}

/** Something that an execution environment remembers, and may forget at any time. */
export interface MemoryCache {
  readonly use: CacheUse;
  /** Forgets all of it: memory is short. */
  shed(): void;
}
