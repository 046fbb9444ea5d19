import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Block } from '#core/protocol/block.ts';
import { decideFolds } from '#core/protocol/fold-policy.ts';
import type { Mutant } from './mutant.ts';
import { seeingHeads, writingHeads } from './seen-heads.ts';

/** A cache that forgets blocks. */
class BlocklessCache extends WarmCache {
  override block(): undefined {
    return undefined;
  }
}

/** Folds of other deltas than those that the head names, or at another time. */
export const FOLD_MUTANTS: readonly Mutant[] = [
  {
    name: 'fold-list-recomputed',
    breaks:
      'what is folded next is decided by a commit and stored, whatever thresholds the next invocation has',
    environment: (parts) => {
      const pendingBytesSoft = parts.version === 0 ? 200 : 1_000_000;
      return seeingHeads(parts, (head) => ({
        ...head,
        pending: decideFolds(head.pending, head.watermark, head.blockBytes, pendingBytesSoft),
      }));
    },
  },
  {
    name: 'fold-skipped',
    breaks: 'what a commit leaves out of the head is in its block before',
    environment: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readBlock: async (_, key): Promise<Block> => ({
          key,
          n: Number.MAX_SAFE_INTEGER,
          bytes: new Uint8Array(),
        }),
      },
    }),
  },
  {
    name: 'folded-block-folded-again',
    breaks: "a block whose n is not below the head's has the head's deltas",
    environment: (parts) => ({
      ...parts,
      cache: new BlocklessCache(),
      table: {
        ...parts.table,
        readBlock: async (shard, key) => {
          const block = await parts.table.readBlock(shard, key);
          return block && { ...block, n: -1 - block.n };
        },
        writeBlock: (shard, block, expectedN, keepMs) =>
          parts.table.writeBlock(shard, block, expectedN === undefined ? undefined : -1 - expectedN, keepMs),
      },
    }),
  },
  {
    name: 'pending-of-closed-windows-dropped',
    breaks: 'a delta leaves the head when it has been folded, not when its window is over',
    environment: (parts) =>
      writingHeads(parts, (head) => ({
        ...head,
        pending: head.pending.filter(
          ({ windowEnd }) => windowEnd > (head.watermark ?? Number.NEGATIVE_INFINITY),
        ),
      })),
  },
  {
    name: 'n-not-increased',
    breaks: 'n goes up whenever something becomes pending',
    environment: (parts) => writingHeads(parts, (head, last) => ({ ...head, n: last?.n ?? 0 })),
  },
  {
    name: 'n-of-block-from-reading',
    breaks: 'a block remembers the n of the head that was folded into it',
    environment: (parts) => ({
      ...parts,
      cache: new BlocklessCache(),
      table: {
        ...parts.table,
        writeBlock: (shard, block, expectedN, keepMs) =>
          parts.table.writeBlock(shard, { ...block, n: (expectedN ?? 0) + 1 }, expectedN, keepMs),
      },
    }),
  },
];
