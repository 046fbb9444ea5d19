import { fromBlockItem, toBlockItem } from '#adapters/dynamodb/block-item.ts';
import { fromHeadItem, toHeadItem } from '#adapters/dynamodb/head-item.ts';
import type { Table, WindowRange, WriteOutcome } from '#app/ports/table.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Block, BlockKey } from '#core/protocol/block.ts';
import type { Head } from '#core/protocol/head.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';

/** A block, when it was written, and the one that it has replaced: for those who read copies that are out of date. */
interface StoredBlock {
  readonly block: Block;
  readonly before: Block | undefined;
  readonly timeMs: number;
}

/** Told of every write of a head that takes effect. */
export type OnHead = (shard: ShardKey, before: Head | undefined, after: Head) => void;

/**
 * One pipeline's items in memory. Each method is one call of DynamoDB, and takes effect at once; what may happen to
 * a call on its way is the caller's part. `storesItems` keeps what DynamoDB would get, so that its layout is checked.
 */
export class MemoryTable {
  onHead: OnHead = () => {};
  registry: Registry | undefined;
  readonly #heads = new Map<string, Head>();
  readonly #blocks = new Map<string, Map<number, StoredBlock>>();
  readonly #storesItems: boolean;
  readonly #nowMs: () => number;

  constructor(storesItems = false, nowMs = () => 0) {
    this.#storesItems = storesItems;
    this.#nowMs = nowMs;
  }

  /** The table as it is now: what is written later is not in it. */
  copy(): MemoryTable {
    const copy = new MemoryTable(this.#storesItems, this.#nowMs);
    copy.registry = this.registry;
    for (const [key, head] of this.#heads) copy.#heads.set(key, head);
    for (const [key, blocks] of this.#blocks) copy.#blocks.set(key, new Map(blocks));
    return copy;
  }

  writeRegistry(registry: Registry, isConditional = true): WriteOutcome {
    if (isConditional && (this.registry?.version ?? 0) !== registry.version - 1) return 'conflict';
    this.registry = registry;
    return 'written';
  }

  readHead(shard: ShardKey): Head | undefined {
    return this.#heads.get(shardText(shard));
  }

  writeHead(shard: ShardKey, head: Head, isConditional = true): WriteOutcome {
    const key = shardText(shard);
    const before = this.#heads.get(key);
    if (isConditional && (before?.rev ?? 0) !== head.rev - 1) return 'conflict';
    const stored = this.#storesItems ? fromHeadItem(toHeadItem(head)) : head;
    this.#heads.set(key, stored);
    this.onHead(shard, before, stored);
    return 'written';
  }

  readBlock(shard: ShardKey, key: BlockKey): Block | undefined {
    return this.#blocks.get(partitionText(shard, key))?.get(key.windowStart)?.block;
  }

  writeBlock(
    shard: ShardKey,
    block: Block,
    expectedN: number | undefined,
    isConditional = true,
  ): WriteOutcome {
    const partition = partitionText(shard, block.key);
    let blocks = this.#blocks.get(partition);
    if (blocks === undefined) {
      blocks = new Map();
      this.#blocks.set(partition, blocks);
    }
    const before = blocks.get(block.key.windowStart)?.block;
    if (isConditional && before?.n !== expectedN) return 'conflict';
    const stored = this.#storesItems ? fromBlockItem(toBlockItem(block), block.key) : block;
    blocks.set(block.key.windowStart, { block: stored, before, timeMs: this.#nowMs() });
    return 'written';
  }

  /**
   * One page of a query: at most `blocksMax` blocks that begin after `after`, and where the next page goes on.
   * Of blocks that were written less than `staleMs` ago, the ones before them.
   */
  readBlocks(
    shard: ShardKey,
    aggregate: Pick<Aggregate, 'name' | 'generation'>,
    { from, to }: WindowRange,
    after: number,
    blocksMax: number,
    staleMs = 0,
  ): { blocks: Block[]; next: number | undefined } {
    const { name, generation } = aggregate;
    const stored =
      this.#blocks.get(partitionText(shard, { aggregate: name, generation })) ??
      new Map<number, StoredBlock>();
    const starts = [...stored.keys()]
      .filter(
        (start) => start > after && (from === undefined || start >= from) && (to === undefined || start < to),
      )
      .sort((a, b) => a - b);
    const blocks: Block[] = [];
    const page = starts.slice(0, blocksMax);
    for (const start of page) {
      const found = stored.get(start);
      const isStale = found !== undefined && this.#nowMs() - found.timeMs < staleMs;
      const block = isStale ? found.before : found?.block;
      if (block !== undefined) blocks.push(block);
    }
    return { blocks, next: starts.length > blocksMax ? page.at(-1) : undefined };
  }
}

/** The table as a port whose calls always succeed, at once. */
export function toPort(table: MemoryTable, pageBlocksMax = 2, staleMs = 0): Table {
  return {
    readRegistry: async () => table.registry,
    writeRegistry: async (registry) => table.writeRegistry(registry),
    readHead: async (shard) => table.readHead(shard),
    writeHead: async (shard, head) => table.writeHead(shard, head),
    readBlock: async (shard, key) => table.readBlock(shard, key),
    writeBlock: async (shard, block, expectedN) => table.writeBlock(shard, block, expectedN),
    async *readBlocks(shard, aggregate, range) {
      let after: number | undefined = Number.NEGATIVE_INFINITY;
      while (after !== undefined) {
        const { blocks, next } = table.readBlocks(shard, aggregate, range, after, pageBlocksMax, staleMs);
        yield* blocks;
        after = next;
      }
    },
  };
}

export function shardText({ stream, shard }: ShardKey): string {
  return `${stream}|${shard}`;
}

function partitionText(shard: ShardKey, { aggregate, generation }: Omit<BlockKey, 'windowStart'>): string {
  return `${shardText(shard)}|${aggregate}|${generation}`;
}
