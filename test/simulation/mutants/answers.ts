import { type MemoryTable, toPort } from '../memory-table.ts';
import type { Mutant } from './mutant.ts';

/** Readers that forget what came late, or what is final. */
export const ANSWER_MUTANTS: readonly Mutant[] = [
  {
    name: 'reader-forgets-late-blocks',
    breaks: 'late blocks are part of the answer',
    readerTable: (table) => ({ ...table, async *readLateBlocks() {} }),
  },
  {
    name: 'reader-takes-late-blocks-of-finals-only',
    breaks: 'late blocks are part of the answer, whether the window is final or not',
    readerTable: (table, memory) => ({
      ...table,
      async *readLateBlocks(aggregate, range) {
        const finalThrough = memory.registry?.finalThrough ?? Number.NEGATIVE_INFINITY;
        for await (const late of table.readLateBlocks(aggregate, range)) {
          const { windowStart } = late.block.key;
          if (windowStart < finalThrough) yield late;
        }
      },
    }),
  },
  {
    name: 'reader-forgets-late-pending',
    breaks: 'what heads have pending of late events is part of the answer',
    readerTable: (table) => ({
      ...table,
      readHead: async (shard) => {
        const head = await table.readHead(shard);
        return head && { ...head, pending: head.pending.filter(({ key }) => !key.late) };
      },
    }),
  },
  {
    name: 'reader-ignores-late-fence',
    breaks: "a late delta that is pending counts if the late block's n is below the head's",
    readerTable: (table) => ({
      ...table,
      async *readLateBlocks(aggregate, range) {
        for await (const { shard, block } of table.readLateBlocks(aggregate, range))
          yield { shard, block: { ...block, n: -1 } };
      },
    }),
  },
  {
    name: 'reader-late-blocks-before-heads',
    breaks: 'heads are read before late blocks',
    readerTable: (table, memory) => {
      let late: MemoryTable = memory;
      return {
        ...table,
        readRegistry: () => {
          late = memory.copy();
          return table.readRegistry();
        },
        readLateBlocks: (aggregate, range) => toPort(late).readLateBlocks(aggregate, range),
      };
    },
  },
  {
    name: 'reader-takes-first-page-of-late-blocks',
    breaks: 'all pages of late blocks are read',
    readerTable: (table, memory) => ({
      ...table,
      async *readLateBlocks(aggregate, range) {
        yield* memory.readLateBlocks(aggregate, range, { itemsMax: 2 }).items;
      },
    }),
  },
  {
    name: 'reader-looks-for-finals-first',
    breaks: 'finals are read after blocks, which may be deleted meanwhile',
    readerTable: (table, memory) => {
      let finals: MemoryTable = memory;
      return {
        ...table,
        readRegistry: () => {
          finals = memory.copy();
          return table.readRegistry();
        },
        readFinals: (aggregate, levelMs, range) => toPort(finals).readFinals(aggregate, levelMs, range),
      };
    },
  },
  {
    name: 'reader-finals-eventually-consistent',
    breaks: 'finals are read strongly consistent',
    readerTable: (table, memory) => ({
      ...table,
      readFinals: (aggregate, levelMs, range) =>
        toPort(memory, 2, 5000).readFinals(aggregate, levelMs, range),
    }),
  },
  {
    name: 'reader-forgets-finals',
    breaks: 'of a window that is final, the final is the answer',
    readerTable: (table) => ({ ...table, async *readFinals() {} }),
  },
];
