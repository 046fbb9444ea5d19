import type { WindowStart } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Block, BlockKey } from '#core/protocol/block.ts';
import type { Final } from '#core/protocol/final.ts';
import type { Head } from '#core/protocol/head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';

/** What became of a conditional write; in a conflict, nothing was written. */
export type WriteOutcome = 'written' | 'conflict';

/** Windows to read: those that begin at `from` or later and before `to`; all where neither is given. */
export interface WindowRange {
  readonly from?: WindowStart;
  readonly to?: WindowStart;
}

/**
 * One pipeline's items. All reads are strongly consistent. Where the store does not answer, or refuses, methods
 * reject with a `DependencyError`; a write may then have taken place.
 */
export interface Table {
  readRegistry(): Promise<Registry | undefined>;
  /** Writes on the condition that the stored version is `registry.version - 1`; 0 stands for no item. */
  writeRegistry(registry: Registry): Promise<WriteOutcome>;
  readHead(shard: ShardKey): Promise<Head | undefined>;
  /** Writes on the condition that the stored rev is `head.rev - 1`; 0 stands for no item. */
  writeHead(shard: ShardKey, head: Head): Promise<WriteOutcome>;
  readSegment(name: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a segment: bytes that never change, under a random name that none ever had, so that to write it again
   * changes nothing. It counts for nothing until a head names it, which is written after it. Kept for `keepMs`.
   */
  writeSegment(name: string, bytes: Uint8Array, keepMs: number): Promise<void>;
  readBlock(shard: ShardKey, key: BlockKey): Promise<Block | undefined>;
  /**
   * Writes on the condition that the stored block's `n` is `expectedN`; `undefined` stands for no item. The block is
   * kept for `keepMs` from now on; `null`: for good.
   */
  writeBlock(
    shard: ShardKey,
    block: Block,
    expectedN: number | undefined,
    keepMs: number | null,
  ): Promise<WriteOutcome>;
  /** All blocks of an aggregate from one shard, over all pages, by window; late ones are none of them. */
  readBlocks(
    shard: ShardKey,
    aggregate: Pick<Aggregate, 'name' | 'generation'>,
    range: WindowRange,
  ): AsyncIterable<Block>;
  /** All late blocks of an aggregate, of all shards that there ever were, over all pages, by window. */
  readLateBlocks(
    aggregate: Pick<Aggregate, 'name' | 'generation'>,
    range: WindowRange,
  ): AsyncIterable<LateBlock>;
  /** All finals of an aggregate at one level, over all pages, by window. */
  readFinals(
    aggregate: Pick<Aggregate, 'name' | 'generation'>,
    levelMs: number,
    range: WindowRange,
  ): AsyncIterable<Final>;
  /** Writes a final unless there is one; kept for `keepMs`, `null`: for good. */
  writeFinal(final: Final, keepMs: number | null): Promise<WriteOutcome>;
  /** Stores holes of a shard, unless an item that begins with the same one is stored; at least one. */
  writeHoles(shard: ShardKey, holes: readonly Hole[]): Promise<WriteOutcome>;
  /** A shard's stored holes, in the order of the stream, from the item on that a hole behind `from` may be in. */
  readHoles(shard: ShardKey, from: Position): AsyncIterable<Hole>;
}

export interface LateBlock {
  readonly shard: ShardKey;
  readonly block: Block;
}
