import type { EpochMs } from '#core/brand.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { isSameShard, type Registry } from '#core/protocol/registry.ts';
import type { CloseParts, Mutant } from './mutant.ts';

/** Runs of `close` that close too early, or forget a shard. */
export const CLOSE_MUTANTS: readonly Mutant[] = [
  {
    name: 'close-no-registry-condition',
    breaks: 'close writes the registry on the condition that nobody else did',
    closeConditions: { registry: false },
  },
  {
    name: 'close-no-head-condition',
    breaks: 'close writes a head on the condition that nobody else did',
    closeConditions: { heads: false },
  },
  {
    name: 'closed-through-not-written-before-finals',
    breaks: 'what is closed for all is said before the first final is written',
    close: withOneCursor,
  },
  {
    name: 'idle-shard-not-asked',
    breaks: 'a shard is idle if the stream has nothing beyond its position',
    close: (parts) => ({ ...parts, stream: { ...parts.stream, isDrained: async () => true } }),
  },
  {
    name: 'shards-not-registered-by-close',
    breaks: 'close registers all shards of the stream before it closes anything',
    close: (parts, memory) => ({
      ...parts,
      stream: {
        ...parts.stream,
        listShards: async () => {
          const listed = await parts.stream.listShards();
          return listed.filter(({ key }) => memory.registry?.shards.some((known) => isSameShard(known, key)));
        },
      },
    }),
  },
  {
    name: 'shard-without-head-ignored',
    breaks: 'a shard that is registered and has no head holds up what is closed',
    close: (parts, memory) => {
      let hidden: Registry['shards'] = [];
      return {
        ...parts,
        stream: {
          ...parts.stream,
          listShards: async () => {
            const listed = await parts.stream.listShards();
            return listed.filter(({ key }) => memory.readHead(key) !== undefined);
          },
        },
        table: {
          ...parts.table,
          readRegistry: async () => {
            const registry = await parts.table.readRegistry();
            hidden = registry?.shards.filter((shard) => memory.readHead(shard) === undefined) ?? [];
            return (
              registry && { ...registry, shards: registry.shards.filter((shard) => !hidden.includes(shard)) }
            );
          },
          writeRegistry: (next) =>
            parts.table.writeRegistry({ ...next, shards: [...next.shards, ...hidden] }),
        },
      };
    },
  },
  {
    name: 'watermark-of-the-furthest-shard',
    breaks: "the pipeline's watermark is the least of its shards'",
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        readHead: async (shard) => {
          const head = await parts.table.readHead(shard);
          const known = (memory.registry?.shards ?? []).map(
            (each) => memory.readHead(each)?.watermark ?? null,
          );
          const times = known.filter((time) => time !== null);
          return head && times.length > 0 ? { ...head, watermark: Math.max(...times) as EpochMs } : head;
        },
      },
    }),
  },
  {
    name: 'shard-ends-with-records-left',
    breaks: 'a shard that is closed has ended when all of it is counted',
    close: (parts, memory) => ({
      ...parts,
      stream: {
        ...parts.stream,
        isDrained: async (shard, position) => {
          const isDrained = await parts.stream.isDrained(shard, position);
          const listed = await parts.stream.listShards();
          const isClosed = listed.some(({ key, closed }) => closed && isSameShard(key, shard));
          return isDrained || (isClosed && (memory.readHead(shard) ?? EMPTY_HEAD).position.sequence !== '');
        },
      },
    }),
  },
  {
    name: 'pending-of-ended-shard-dropped',
    breaks: 'what an ended shard has pending is folded before it leaves its head',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeHead: (shard, head) =>
          parts.table.writeHead(shard, head.ended ? { ...head, pending: [] } : head),
      },
    }),
  },
  {
    name: 'ended-shard-forgotten-before-it-is-final',
    breaks: 'an ended shard stays in the registry until its last window is final',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readHead: async (shard) => {
          const head = await parts.table.readHead(shard);
          return head && { ...head, lastEnd: null };
        },
        writeHead: async (shard, head) => {
          const stored = await parts.table.readHead(shard);
          return parts.table.writeHead(shard, { ...head, lastEnd: stored?.lastEnd ?? null });
        },
      },
    }),
  },
  {
    name: 'ledger-of-gone-shard-forgotten',
    breaks: 'what a shard has counted stays known when it leaves the registry',
    close: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeRegistry: async (next) => {
          const stored = await parts.table.readRegistry();
          return parts.table.writeRegistry({ ...next, goneLedger: stored?.goneLedger ?? next.goneLedger });
        },
      },
    }),
  },
];

/** Keeps back what says up to where windows are closed, until they are final. */
function withOneCursor(parts: CloseParts): CloseParts {
  let keptBack = 0;
  return {
    ...parts,
    table: {
      ...parts.table,
      readRegistry: async () => {
        keptBack = 0;
        return parts.table.readRegistry();
      },
      writeRegistry: async (next) => {
        const stored = await parts.table.readRegistry();
        const isOnlyClosed =
          stored !== undefined &&
          stored.closedThrough !== next.closedThrough &&
          stored.finalThrough === next.finalThrough &&
          stored.version === next.version - 1 - keptBack;
        if (isOnlyClosed) {
          keptBack += 1;
          return 'written';
        }
        return parts.table.writeRegistry({ ...next, version: next.version - keptBack });
      },
    },
  };
}
