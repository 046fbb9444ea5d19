import type { EpochMs } from '#core/brand.ts';
import type { Head } from '#core/protocol/head.ts';
import { shardText } from '../memory-table.ts';
import type { Mutant } from './mutant.ts';
import { writingHeads } from './seen-heads.ts';

/** Events taken for late, or for on time, by something else than the shard's own watermark. */
export const LATENESS_MUTANTS: readonly Mutant[] = [
  {
    name: 'late-by-what-is-closed',
    breaks: "an event is late by its own shard's watermark, not by what is closed for all",
    environment: (parts, memory) => {
      const watermarks = new Map<string, Head['watermark']>();
      const headless = writingHeads(parts, (head) => head);
      return {
        ...headless,
        table: {
          ...headless.table,
          readHead: async (shard) => {
            const head = await headless.table.readHead(shard);
            watermarks.set(shardText(shard), head?.watermark ?? null);
            return head && { ...head, watermark: memory.registry?.closedThrough ?? null };
          },
          writeHead: (shard, head) => {
            const known = watermarks.get(shardText(shard)) ?? null;
            const watermark = Math.max(
              known ?? Number.NEGATIVE_INFINITY,
              head.watermark ?? Number.NEGATIVE_INFINITY,
            );
            return headless.table.writeHead(shard, {
              ...head,
              watermark: watermark === Number.NEGATIVE_INFINITY ? null : (watermark as EpochMs),
            });
          },
        },
      };
    },
  },
  {
    name: 'new-head-ignores-what-is-closed',
    breaks: 'the first head of a shard begins with what is closed for all as its watermark',
    environment: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readRegistry: async () => {
          const registry = await parts.table.readRegistry();
          return registry && { ...registry, closedThrough: null };
        },
        writeRegistry: async (next) => {
          const stored = await parts.table.readRegistry();
          return parts.table.writeRegistry({ ...next, closedThrough: stored?.closedThrough ?? null });
        },
      },
    }),
  },
  {
    name: 'late-taken-for-on-time',
    breaks: 'what is late is kept apart from what is on time',
    environment: (parts) =>
      writingHeads(parts, (head) => ({
        ...head,
        pending: head.pending.map((delta) => {
          const { late: _, ...key } = delta.key;
          return head.pending.some((other) => other !== delta && other.key.windowStart === key.windowStart)
            ? delta
            : { ...delta, key };
        }),
      })),
  },
];
