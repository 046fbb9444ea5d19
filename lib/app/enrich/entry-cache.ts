import { LRUCache } from 'lru-cache';
import type { Lookup } from '#core/pipeline/pipeline.ts';
import type { CacheUse, MemoryCache } from '../ports/memory-cache.ts';
import type { Answer } from './answer.ts';

const BYTES_MAX = 16 * 1024 * 1024;
/** What an entry takes beside its texts. */
const ENTRY_BYTES_BESIDE = 200;
/** How long it is believed that there is no entry: new ones are added, and then wanted. */
const NO_ENTRY_TTL_MS_MAX = 60_000;

interface Cached {
  readonly answer: Answer;
  readonly hasEntry: boolean;
  /** Epoch milliseconds. */
  readonly readAt: number;
}

/** Answers of one lookup in memory, also that there is no entry; bounded in number and bytes, the oldest used go. */
export class EntryCache implements MemoryCache {
  readonly #lookup: Lookup;
  readonly #entries: LRUCache<string, Cached>;
  #hits = 0;
  #misses = 0;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
    // One measure for both bounds: each entry takes at least its share of the bytes.
    const share = Math.floor(BYTES_MAX / lookup.entriesMax);
    this.#entries = new LRUCache({
      maxSize: BYTES_MAX,
      sizeCalculation: ({ answer }, key) => Math.max(share, bytesOf(key, answer)),
    });
  }

  get use(): CacheUse {
    return { bytes: this.#entries.calculatedSize, hits: this.#hits, misses: this.#misses };
  }

  shed(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  keep(key: string, answer: Answer, hasEntry: boolean, readAt: number): void {
    this.#entries.set(key, { answer, hasEntry, readAt });
  }

  /** What was read less than the `ttl` ago. */
  fresh(key: string, now: number): Answer | undefined {
    const cached = this.#entries.get(key);
    const { ttlMs } = this.#lookup;
    const keptMs = cached?.hasEntry ? ttlMs : Math.min(ttlMs, NO_ENTRY_TTL_MS_MAX);
    if (cached !== undefined && now - cached.readAt < keptMs) {
      this.#hits += 1;
      return cached.answer;
    }
    this.#misses += 1;
    return undefined;
  }

  /** What was read less than `staleMax` ago, for when the table can't be read. */
  stale(key: string, now: number): Answer | undefined {
    const cached = this.#entries.get(key);
    if (cached === undefined || now - cached.readAt >= this.#lookup.staleMaxMs) return undefined;
    return { ...cached.answer, note: 'stale' };
  }
}

function bytesOf(key: string, { values }: Answer): number {
  let bytes = ENTRY_BYTES_BESIDE + key.length * 2;
  for (const value of Object.values(values ?? {})) bytes += typeof value === 'string' ? value.length * 2 : 8;
  return bytes;
}
