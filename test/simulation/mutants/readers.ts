import type { Registry } from '#core/protocol/registry.ts';
import { type MemoryTable, toPort } from '../memory-table.ts';
import type { Mutant } from './mutant.ts';

/** How long a copy that is read without consistency may be out of date. */
const STALE_MS = 2000;

const registries = new WeakMap<MemoryTable, Registry>();

/** Readers that add up what does not belong together. */
export const READER_MUTANTS: readonly Mutant[] = [
  {
    name: 'reader-blocks-before-heads',
    breaks: 'registry, heads and blocks are read in this order',
    readerTable: (table, memory) => {
      let blocks = memory;
      return {
        ...table,
        readRegistry: () => {
          blocks = memory.copy();
          return table.readRegistry();
        },
        readBlocks: (shard, aggregate, range) => toPort(blocks).readBlocks(shard, aggregate, range),
      };
    },
  },
  {
    name: 'reader-blocks-eventually-consistent',
    breaks: 'blocks are read strongly consistent',
    readerTable: (table, memory) => ({
      ...table,
      readBlocks: (shard, aggregate, range) =>
        toPort(memory, 2, STALE_MS).readBlocks(shard, aggregate, range),
    }),
  },
  {
    name: 'reader-keeps-registry',
    breaks: 'the registry is read with each question',
    readerTable: (table, memory) => ({
      ...table,
      readRegistry: async () => {
        const known = registries.get(memory) ?? (await table.readRegistry());
        if (known !== undefined) registries.set(memory, known);
        return known;
      },
    }),
  },
  {
    name: 'reader-ignores-fence',
    breaks: "a pending delta counts if the block's n is below the head's",
    readerTable: (table) => ({
      ...table,
      async *readBlocks(shard, aggregate, range) {
        for await (const block of table.readBlocks(shard, aggregate, range)) yield { ...block, n: -1 };
      },
    }),
  },
  {
    name: 'reader-forgets-pending',
    breaks: 'what heads have pending is part of the answer',
    readerTable: (table) => ({
      ...table,
      readHead: async (shard) => {
        const head = await table.readHead(shard);
        return head && { ...head, pending: [] };
      },
    }),
  },
  {
    name: 'reader-takes-first-page',
    breaks: 'all pages of blocks are read',
    readerTable: (table, memory) => ({
      ...table,
      async *readBlocks(shard, aggregate, range) {
        yield* memory.readBlocks(shard, aggregate, range, { itemsMax: 2 }).items;
      },
    }),
  },
];
