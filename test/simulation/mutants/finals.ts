import { type MemoryTable, toPort } from '../memory-table.ts';
import type { Mutant } from './mutant.ts';

/** How long a copy that is read without consistency may be out of date. */
const STALE_MS = 60_000;
const ITEMS_A_PAGE = 1000;

/** Finals that have something else in them than what was on time, or that are said to be there when they are not. */
export const FINAL_MUTANTS: readonly Mutant[] = [
  {
    name: 'final-through-before-finals',
    breaks: 'windows are said to be final when their finals are written',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeRegistry: (next) => parts.table.writeRegistry({ ...next, finalThrough: next.closedThrough }),
      },
    }),
  },
  {
    name: 'final-overwritten',
    breaks: 'a final is written once',
    closeConditions: { finals: false },
  },
  {
    name: 'final-takes-late-blocks-in',
    breaks: 'a final is what was on time',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        async *readBlocks(shard, aggregate, range) {
          const late = memory.readLateBlocks(aggregate, range, { itemsMax: ITEMS_A_PAGE }).items;
          for await (const block of parts.table.readBlocks(shard, aggregate, range)) {
            yield block;
            const { windowStart } = block.key;
            for (const each of late)
              if (each.shard.shard === shard.shard && each.block.key.windowStart === windowStart)
                yield { ...each.block, key: block.key };
          }
        },
      },
    }),
  },
  {
    name: 'final-takes-late-pending-in',
    breaks: 'a final is what was on time, also of what heads have pending',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readHead: async (shard) => {
          const head = await parts.table.readHead(shard);
          const pending = head?.pending.map((delta) => {
            const { late: _, ...key } = delta.key;
            return { ...delta, key };
          });
          return head && pending && { ...head, pending };
        },
        writeHead: async (shard, head) => {
          const stored = await parts.table.readHead(shard);
          return parts.table.writeHead(shard, { ...head, pending: stored?.pending ?? head.pending });
        },
      },
    }),
  },
  {
    name: 'final-forgets-pending',
    breaks: 'what heads have pending on time is part of the final',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readHead: async (shard) => {
          const head = await parts.table.readHead(shard);
          return head && { ...head, pending: [] };
        },
        writeHead: async (shard, head) => {
          const stored = await parts.table.readHead(shard);
          return parts.table.writeHead(shard, { ...head, pending: stored?.pending ?? head.pending });
        },
      },
    }),
  },
  {
    name: 'close-reads-blocks-before-heads',
    breaks: 'close reads registry, heads and blocks in this order',
    close: (parts, memory) => {
      let blocks: MemoryTable = memory;
      return {
        ...parts,
        table: {
          ...parts.table,
          readRegistry: () => {
            blocks = memory.copy();
            return parts.table.readRegistry();
          },
          readBlocks: (shard, aggregate, range) => toPort(blocks).readBlocks(shard, aggregate, range),
        },
      };
    },
  },
  {
    name: 'close-blocks-eventually-consistent',
    breaks: 'close reads blocks strongly consistent',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        readBlocks: (shard, aggregate, range) =>
          toPort(memory, 2, STALE_MS).readBlocks(shard, aggregate, range),
      },
    }),
  },
  {
    name: 'roll-up-finals-eventually-consistent',
    breaks: 'close reads the finals that it rolls up strongly consistent',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        readFinals: (aggregate, levelMs, range) =>
          toPort(memory, 2, STALE_MS).readFinals(aggregate, levelMs, range),
      },
    }),
  },
  {
    name: 'roll-up-takes-late-parts-in',
    breaks: 'a roll-up is made of finals only',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        async *readFinals(aggregate, levelMs, range) {
          const late = memory.readLateBlocks(aggregate, range, { itemsMax: ITEMS_A_PAGE }).items;
          for await (const final of parts.table.readFinals(aggregate, levelMs, range)) {
            yield final;
            for (const { block } of late)
              if (block.key.windowStart === final.key.windowStart)
                yield { key: final.key, bytes: block.bytes };
          }
        },
      },
    }),
  },
  {
    name: 'roll-up-of-first-page',
    breaks: 'a roll-up is made of all finals of its parts, over all pages',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        async *readFinals(aggregate, levelMs, range) {
          yield* memory.readFinals(aggregate, levelMs, range, { itemsMax: 2 }).items;
        },
      },
    }),
  },
  {
    name: 'announcement-failure-ignored',
    breaks: 'windows are said to be final when they are announced',
    close: (parts) => ({
      ...parts,
      announcements: { announce: (windows) => parts.announcements.announce(windows).catch(() => {}) },
    }),
  },
];
