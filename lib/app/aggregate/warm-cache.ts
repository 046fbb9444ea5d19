import { LRUCache } from 'lru-cache';
import { type Block, type BlockKey, blockKeyText } from '#core/protocol/block.ts';
import type { Head, Suspect } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { ShardHashKeys } from '#core/records/hash-keys.ts';
import type { CacheUse, MemoryCache } from '../ports/memory-cache.ts';
import { KnownIds } from './known-ids.ts';

const HEADS_MAX = 64;
/** By size, as `max` would make room for all of them at once. */
const UP_TO_HEADS_MAX = { maxSize: HEADS_MAX, sizeCalculation: () => 1 };
const BLOCK_BYTES_MAX = 32 * 1024 * 1024;
/** Room for the ids of one shard that has as many as it may, or of some dozens with a hundred thousand each. */
const ID_BYTES_MAX = 192 * 1024 * 1024;
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * What an execution environment remembers between invocations. All of it may be out of date: writes are conditional,
 * so a stale entry costs a conflict, never a wrong number. After any reply that is not success nothing is known, and
 * everything is dropped.
 */
export class WarmCache implements MemoryCache {
  readonly #heads = new LRUCache<string, Head>(UP_TO_HEADS_MAX);
  readonly #blocks = new LRUCache<string, Block>({
    maxSize: BLOCK_BYTES_MAX,
    sizeCalculation: (block) => block.bytes.length + 256,
  });
  /** Never out of date, and kept when all else is dropped: see there. */
  readonly #knownIds = new LRUCache<string, KnownIds>({
    maxSize: ID_BYTES_MAX,
    sizeCalculation: ({ bytes }) => bytes,
  });
  /** Not out of date either: a segment never changes. */
  readonly #segments = new LRUCache<string, Uint8Array>({
    maxSize: SEGMENT_BYTES_MAX,
    sizeCalculation: (bytes) => bytes.length + 128,
  });
  /** Not out of date ever, and kept when all else is dropped: no reply makes it untrue. */
  readonly #begun = new LRUCache<string, Suspect>(UP_TO_HEADS_MAX);
  /** Nor are these: a shard lies where it lies. */
  readonly #hashKeys = new LRUCache<string, ShardHashKeys>(UP_TO_HEADS_MAX);
  #hits = 0;
  #misses = 0;

  head(shard: ShardKey): Head | undefined {
    return this.#heads.get(shardText(shard));
  }

  keepHead(shard: ShardKey, head: Head): void {
    this.#heads.set(shardText(shard), head);
  }

  dropHead(shard: ShardKey): void {
    this.#heads.delete(shardText(shard));
  }

  block(shard: ShardKey, key: BlockKey): Block | undefined {
    const block = this.#blocks.get(`${shardText(shard)}|${blockKeyText(key)}`);
    if (block === undefined) this.#misses += 1;
    else this.#hits += 1;
    return block;
  }

  keepBlock(shard: ShardKey, block: Block): void {
    this.#blocks.set(`${shardText(shard)}|${blockKeyText(block.key)}`, block);
  }

  knownIds(shard: ShardKey): KnownIds {
    return this.#knownIds.get(shardText(shard)) ?? new KnownIds();
  }

  /** Also where they were there already: they have grown. */
  keepKnownIds(shard: ShardKey, ids: KnownIds): void {
    // The cache asks for a size when it gets what it has not.
    this.#knownIds.delete(shardText(shard));
    this.#knownIds.set(shardText(shard), ids);
  }

  segment(name: string): Uint8Array | undefined {
    return this.#segments.get(name);
  }

  keepSegment(name: string, bytes: Uint8Array): void {
    this.#segments.set(name, bytes);
  }

  /** Where no head names it any more, nobody asks for it again, and room for it would be taken until the cache is full. */
  dropSegment(name: string): void {
    this.#segments.delete(name);
  }

  /** What the environment began last in a shard, of which the head may still say so: it has come back from it. */
  begun(shard: ShardKey): Suspect | undefined {
    return this.#begun.get(shardText(shard));
  }

  keepBegun(shard: ShardKey, suspect: Suspect): void {
    this.#begun.set(shardText(shard), suspect);
  }

  dropBegun(shard: ShardKey): void {
    this.#begun.delete(shardText(shard));
  }

  hashKeys(shard: ShardKey): ShardHashKeys | undefined {
    return this.#hashKeys.get(shardText(shard));
  }

  keepHashKeys(shard: ShardKey, hashKeys: ShardHashKeys): void {
    this.#hashKeys.set(shardText(shard), hashKeys);
  }

  /** There are few heads, and they are small. Reads are those of blocks. */
  get use(): CacheUse {
    const caches = [this.#blocks, this.#knownIds, this.#segments];
    const bytes = caches.reduce((sum, { calculatedSize }) => sum + calculatedSize, 0);
    return { bytes, hits: this.#hits, misses: this.#misses };
  }

  /** Also what is never out of date, but can be read again; not what was begun, which nobody else knows. */
  shed(): void {
    this.drop();
    this.#knownIds.clear();
    this.#segments.clear();
  }

  drop(): void {
    this.#heads.clear();
    this.#blocks.clear();
  }
}

function shardText({ stream, shard }: ShardKey): string {
  return `${stream}|${shard}`;
}
