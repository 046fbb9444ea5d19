import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Mutant } from './mutant.ts';

/** A cache that keeps what it has, whatever replies come. */
class StubbornCache extends WarmCache {
  override drop(): void {}
  override dropHead(): void {}
}

/** Caches that are believed after a reply that was not success. */
export const CACHE_MUTANTS: readonly Mutant[] = [
  {
    name: 'block-cache-kept-after-failed-reply',
    breaks: 'a block is in the cache when its write is known to have taken place',
    environment: (parts) => {
      const cache = new StubbornCache();
      return {
        ...parts,
        cache,
        table: {
          ...parts.table,
          writeBlock: (shard, block, expectedN, keepMs) => {
            cache.keepBlock(shard, block);
            return parts.table.writeBlock(shard, block, expectedN, keepMs);
          },
        },
      };
    },
  },
  {
    name: 'head-cache-kept-after-failed-reply',
    breaks: 'a head is in the cache when its write is known to have taken place',
    environment: (parts) => {
      const cache = new StubbornCache();
      return {
        ...parts,
        cache,
        table: {
          ...parts.table,
          writeHead: (shard, head) => {
            cache.keepHead(shard, head);
            return parts.table.writeHead(shard, head);
          },
        },
      };
    },
  },
];
