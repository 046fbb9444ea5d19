import { fromBlockItem, toBlockItem } from '#adapters/dynamodb/block-item.ts';
import { fromHeadItem, toHeadItem } from '#adapters/dynamodb/head-item.ts';
import { fromHolesItem, toHolesItem } from '#adapters/dynamodb/hole-item.ts';
import { fromRegistryItem, toRegistryItem } from '#adapters/dynamodb/registry-item.ts';
import type { LateBlock, Table, WindowRange, WriteOutcome } from '#app/ports/table.ts';
import type { SequenceNumber } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { Block, BlockKey } from '#core/protocol/block.ts';
import type { Final } from '#core/protocol/final.ts';
import type { Head } from '#core/protocol/head.ts';
import { compareSequence, type Position } from '#core/protocol/position.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';
import { allPages, type Page, type Paging, WindowItems } from './window-items.ts';
import type { Caller } from './world.ts';

type AggregateKey = Pick<Aggregate, 'name' | 'generation'>;

/** Told of every write that takes effect. */
export interface TableWatch {
  onHead(shard: ShardKey, before: Head | undefined, after: Head): void;
  onRegistry(before: Registry | undefined, after: Registry): void;
  onFinal(before: Final | undefined, after: Final): void;
}

/**
 * One pipeline's items in memory. Each method is one call of DynamoDB, and takes effect at once; what may happen to
 * a call on its way is the caller's part. `storesItems` keeps what DynamoDB would get, so that its layout is checked.
 */
export class MemoryTable {
  watch: Partial<TableWatch> = {};
  registry: Registry | undefined;
  /** Who writes at this moment. */
  writer: Caller | undefined;
  readonly #heads = new Map<string, Head>();
  readonly #segments = new Map<string, Uint8Array>();
  readonly #blocks: WindowItems<LateBlock>;
  readonly #late: WindowItems<LateBlock>;
  readonly #finals: WindowItems<Final>;
  readonly #holes = new Map<string, readonly Hole[][]>();
  readonly #storesItems: boolean;
  readonly #nowMs: () => number;

  constructor(storesItems = false, nowMs = () => 0) {
    this.#storesItems = storesItems;
    this.#nowMs = nowMs;
    this.#blocks = new WindowItems(nowMs);
    this.#late = new WindowItems(nowMs);
    this.#finals = new WindowItems(nowMs);
  }

  /** The table as it is now: what is written later is not in it. */
  copy(): MemoryTable {
    const copy = new MemoryTable(this.#storesItems, this.#nowMs);
    copy.registry = this.registry;
    for (const [key, head] of this.#heads) copy.#heads.set(key, head);
    for (const [name, bytes] of this.#segments) copy.#segments.set(name, bytes);
    copy.#blocks.takeOver(this.#blocks);
    copy.#late.takeOver(this.#late);
    copy.#finals.takeOver(this.#finals);
    for (const [key, items] of this.#holes) copy.#holes.set(key, items);
    return copy;
  }

  writeRegistry(registry: Registry, isConditional = true): WriteOutcome {
    const before = this.registry;
    if (isConditional && (before?.version ?? 0) !== registry.version - 1) return 'conflict';
    this.registry = this.#storesItems ? fromRegistryItem(toRegistryItem(registry)) : registry;
    this.watch.onRegistry?.(before, this.registry);
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
    this.watch.onHead?.(shard, before, stored);
    return 'written';
  }

  readSegment(name: string): Uint8Array | undefined {
    return this.#segments.get(name);
  }

  writeSegment(name: string, bytes: Uint8Array): void {
    this.#segments.set(name, bytes);
  }

  /** What DynamoDB does, some time after a segment has expired. */
  deleteSegment(name: string): void {
    this.#segments.delete(name);
  }

  segments(): ReadonlyMap<string, Uint8Array> {
    return this.#segments;
  }

  readBlock(shard: ShardKey, key: BlockKey): Block | undefined {
    const { windowStart } = key;
    if (key.late) return this.#late.get(aggregateText(key), windowStart, shardText(shard))?.block;
    return this.#blocks.get(blocksText(shard, key), windowStart)?.block;
  }

  writeBlock(
    shard: ShardKey,
    block: Block,
    expectedN: number | undefined,
    isConditional = true,
  ): WriteOutcome {
    if (isConditional && this.readBlock(shard, block.key)?.n !== expectedN) return 'conflict';
    const stored = this.#storesItems ? fromBlockItem(toBlockItem(block), block.key) : block;
    const { key } = block;
    const item = { shard, block: stored };
    if (key.late) this.#late.put(aggregateText(key), key.windowStart, item, shardText(shard));
    else this.#blocks.put(blocksText(shard, key), key.windowStart, item);
    return 'written';
  }

  /** All blocks of all shards but the late ones. */
  blocks(): readonly LateBlock[] {
    return this.#blocks.all();
  }

  /** What DynamoDB does, some time after a block has expired. */
  deleteBlock(shard: ShardKey, key: BlockKey): void {
    this.#blocks.delete(blocksText(shard, key), key.windowStart);
  }

  writeFinal(final: Final, isConditional = true): WriteOutcome {
    const { key } = final;
    const before = this.#finals.get(finalsText(key, key.levelMs), key.windowStart);
    if (isConditional && before !== undefined) return 'conflict';
    this.#finals.put(finalsText(key, key.levelMs), key.windowStart, final);
    this.watch.onFinal?.(before, final);
    return 'written';
  }

  writeHoles(shard: ShardKey, holes: readonly Hole[], isConditional = true): WriteOutcome {
    const [first] = holes;
    if (first === undefined) throw new RangeError('no holes to store');
    const key = shardText(shard);
    const others = this.#holes.get(key) ?? [];
    const same = others.find(([other]) => other !== undefined && compareFirst(other, first) === 0);
    if (isConditional && same !== undefined) return 'conflict';
    const stored = this.#storesItems ? fromHolesItem(toHolesItem(holes)) : [...holes];
    const items = [...others.filter((item) => item !== same), stored];
    this.#holes.set(
      key,
      items.sort(([a], [b]) => compareFirst(a as Hole, b as Hole)),
    );
    return 'written';
  }

  /** The holes of one item: the last that begins at `from` or before; or, with `after`, the next one behind that. */
  readHoles(shard: ShardKey, from: Position, after: Hole | undefined): readonly Hole[] | undefined {
    const items = this.#holes.get(shardText(shard)) ?? [];
    if (after !== undefined) return items.find(([first]) => compareFirst(first as Hole, after) > 0);
    const isBehind = ([hole]: readonly Hole[]) =>
      hole !== undefined && comparePlace(hole, from.sequence, from.events ?? 0) > 0;
    return items.findLast((item) => !isBehind(item)) ?? items[0];
  }

  readBlocks(
    shard: ShardKey,
    { name, generation }: AggregateKey,
    range: WindowRange,
    paging: Paging,
  ): Page<Block> {
    const partition = blocksText(shard, { aggregate: name, generation });
    const { items, next } = this.#blocks.page(partition, range, paging);
    return { items: items.map(({ block }) => block), next };
  }

  readLateBlocks({ name, generation }: AggregateKey, range: WindowRange, paging: Paging): Page<LateBlock> {
    return this.#late.page(aggregateText({ aggregate: name, generation }), range, paging);
  }

  readFinals(
    { name, generation }: AggregateKey,
    levelMs: number,
    range: WindowRange,
    paging: Paging,
  ): Page<Final> {
    return this.#finals.page(finalsText({ aggregate: name, generation }, levelMs), range, paging);
  }
}

/** The table as a port whose calls always succeed, at once. */
export function toPort(table: MemoryTable, itemsMax = 2, staleMs = 0): Table {
  const paging = (after: string | undefined) => ({ itemsMax, staleMs, after });
  return {
    readRegistry: async () => table.registry,
    writeRegistry: async (registry) => table.writeRegistry(registry),
    readHead: async (shard) => table.readHead(shard),
    writeHead: async (shard, head) => table.writeHead(shard, head),
    readSegment: async (name) => table.readSegment(name),
    writeSegment: async (name, bytes) => table.writeSegment(name, bytes),
    readBlock: async (shard, key) => table.readBlock(shard, key),
    writeBlock: async (shard, block, expectedN) => table.writeBlock(shard, block, expectedN),
    readBlocks: (shard, aggregate, range) =>
      allPages(async (after) => table.readBlocks(shard, aggregate, range, paging(after))),
    readLateBlocks: (aggregate, range) =>
      allPages(async (after) => table.readLateBlocks(aggregate, range, paging(after))),
    readFinals: (aggregate, levelMs, range) =>
      allPages(async (after) => table.readFinals(aggregate, levelMs, range, paging(after))),
    writeFinal: async (final) => table.writeFinal(final),
    writeHoles: async (shard, holes) => table.writeHoles(shard, holes),
    readHoles: (shard, from) => allHoles(async (after) => table.readHoles(shard, from, after)),
  };
}

/** All holes of a shard, an item a call. */
export async function* allHoles(
  read: (after: Hole | undefined) => Promise<readonly Hole[] | undefined>,
): AsyncGenerator<Hole> {
  for (let after: Hole | undefined; ; ) {
    const item = await read(after);
    if (item === undefined) return;
    yield* item;
    after = item[0];
  }
}

function compareFirst(a: Hole, b: Hole): number {
  return comparePlace(a, b.first.sequence, b.first.event);
}

function comparePlace({ first }: Hole, sequence: SequenceNumber, event: number): number {
  return compareSequence(first.sequence, sequence) || first.event - event;
}

export function shardText({ stream, shard }: ShardKey): string {
  return `${stream}|${shard}`;
}

function aggregateText({ aggregate, generation }: Omit<BlockKey, 'windowStart'>): string {
  return `${aggregate}|${generation}`;
}

function blocksText(shard: ShardKey, key: Omit<BlockKey, 'windowStart'>): string {
  return `${shardText(shard)}|${aggregateText(key)}`;
}

function finalsText(key: Omit<BlockKey, 'windowStart'>, levelMs: number): string {
  return `${aggregateText(key)}|${levelMs}`;
}
