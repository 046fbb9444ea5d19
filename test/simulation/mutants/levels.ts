import type { Table } from '#app/ports/table.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import { decodeHole, encodeHole, HELD, type Hole, KEPT, type Mark } from '#core/degradation/hole.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { BEFORE_ALL } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { storedCompression } from '../stored-compression.ts';
import type { Mutant, RepairParts } from './mutant.ts';
import { seeingHeads, writingHeads } from './seen-heads.ts';

const CANARY_BYTES = 4;

/** Something left out under load and not noted, or noted and not added, or added twice. */
export const LEVEL_MUTANTS: readonly Mutant[] = [
  {
    name: 'level-decided-by-the-environment',
    breaks: 'what a commit leaves out is decided by the head that it follows',
    environment: (parts) =>
      parts.version === 0
        ? parts
        : seeingHeads(parts, (head) => ({ ...head, load: { ...head.load, level: 0 } })),
  },
  {
    name: 'hole-left-out-of-the-commit',
    breaks: 'a hole is part of the commit that left something out',
    environment: (parts) =>
      writingHeads(parts, (head, last) => ({
        ...head,
        holes: last?.holes ?? [],
        lastHole: last?.lastHole ?? null,
      })),
  },
  {
    name: 'holes-leave-the-head-unstored',
    breaks: 'a hole leaves the head when an item has it',
    environment: (parts) => ({ ...parts, table: { ...parts.table, writeHoles: async () => 'written' } }),
  },
  {
    name: 'essential-metric-left-out',
    breaks: 'essential metrics have every event that is not of low priority',
    environment: (parts) => ({
      ...parts,
      pipeline: {
        ...parts.pipeline,
        aggregates: parts.pipeline.aggregates.map((aggregate) => ({
          ...aggregate,
          metrics: aggregate.metrics.map((metric) =>
            aggregate.name === 'by_group' && metric.name === 'total'
              ? { ...metric, essential: false }
              : metric,
          ),
        })),
      },
    }),
  },
  {
    name: 'reader-forgets-holes',
    breaks: 'an answer says what its windows lack',
    readerTable: (table) => ({
      ...table,
      readHead: async (shard) => {
        const head = await table.readHead(shard);
        return (
          head && { ...head, pending: head.pending.map((delta) => ({ ...delta, ...lackingNothing(delta) })) }
        );
      },
      async *readBlocks(shard, aggregate, range) {
        for await (const block of table.readBlocks(shard, aggregate, range))
          yield { ...block, ...lackingNothing(block) };
      },
      async *readLateBlocks(aggregate, range) {
        for await (const { block, shard } of table.readLateBlocks(aggregate, range))
          yield { shard, block: { ...block, ...lackingNothing(block) } };
      },
      async *readFinals(aggregate, levelMs, range) {
        for await (const final of table.readFinals(aggregate, levelMs, range))
          yield { ...final, ...lackingNothing(final) };
      },
    }),
  },
  {
    name: 'reader-forgets-repairs',
    breaks: 'what heads of repairs have pending is part of the answer',
    readerTable: (table) => ({
      ...table,
      readHead: async (shard) => (isRepair(shard) ? undefined : table.readHead(shard)),
    }),
  },
  {
    name: 'repair-without-condition',
    breaks: 'the head of a repair is written on the condition that its rev is still what was read',
    repairConditions: { heads: false },
  },
  {
    name: 'repair-keeps-its-position-back',
    breaks: 'what a repair adds, and how far it has come, are one write',
    repair: (parts, memory) =>
      writingRepairs(parts, (head, shard) => ({
        ...head,
        position: memory.readHead(shard)?.position ?? BEFORE_ALL,
      })),
  },
  {
    name: 'repair-moves-on-before-it-adds',
    breaks: 'a hole is repaired when its values are in the head, and not before',
    repair: (parts) => writingRepairs(parts, (head) => ({ ...head, pending: [] })),
  },
  {
    name: 'repair-leaves-the-lack',
    breaks: 'what a repair adds comes with what is lacking no more',
    repair: (parts) =>
      writingRepairs(parts, (head) => ({
        ...head,
        pending: head.pending.map((delta) => ({ ...delta, ...lackingNothing(delta) })),
      })),
  },
  {
    name: 'hole-off-by-one-event',
    breaks: 'a hole names its events, each at its place',
    repair: (parts) => seeingHoles(parts, (marks) => [...marks.slice(-1), ...marks.slice(0, -1)]),
  },
  {
    name: 'repair-counts-all-of-a-hole',
    breaks: 'events that a commit counted, late, duplicate or invalid, are none of those that it left out',
    repair: (parts) => seeingHoles(parts, (marks) => marks.map((mark) => (mark === KEPT ? HELD : mark))),
  },
  {
    name: 'repair-ignores-the-newest-shard',
    breaks: 'shards that others were made into are repaired too',
    repair: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        readRegistry: async () => {
          const registry = await parts.table.readRegistry();
          return registry && { ...registry, shards: registry.shards.slice(0, -1) };
        },
      },
    }),
  },
  {
    name: 'shard-leaves-before-it-is-repaired',
    breaks: 'an ended shard stays in the registry until all that it left out is repaired',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        readHead: async (shard) => {
          const head = await parts.table.readHead(shard);
          if (!isRepair(shard)) return head;
          const of = memory.readHead({
            ...shard,
            shard: shard.shard.replace(/\..*/, '') as typeof shard.shard,
          });
          return { ...EMPTY_HEAD, ...head, pending: [], position: of?.lastHole ?? BEFORE_ALL };
        },
      },
    }),
  },
  {
    name: 'canary-counted',
    breaks: 'a canary is no event',
    batch: ({ shard, records }) => ({
      shard,
      records: records.map((record) =>
        record.data.length === CANARY_BYTES && record.data[0] === 0xc7
          ? { ...record, data: new TextEncoder().encode('{}') }
          : record,
      ),
    }),
  },
];

function isRepair({ shard }: ShardKey): boolean {
  return shard.includes('.');
}

function lackingNothing({ bytes }: { readonly bytes: Uint8Array }): { readonly bytes: Uint8Array } {
  const table = decodeGroups(bytes, storedCompression);
  table.reduced = 0;
  table.held = 0;
  return { bytes: encodeGroups(table, storedCompression) };
}

/** A repair that writes other heads than it means to. */
function writingRepairs(parts: RepairParts, change: (head: Head, shard: ShardKey) => Head): RepairParts {
  const writeHead: Table['writeHead'] = (shard, head) => parts.table.writeHead(shard, change(head, shard));
  return { ...parts, table: { ...parts.table, writeHead } };
}

/** A repair that sees other holes than there are. */
function seeingHoles(parts: RepairParts, change: (marks: readonly Mark[]) => readonly Mark[]): RepairParts {
  const changed = <Some extends Hole>(hole: Some): Some => {
    const content = decodeHole(hole.bytes, storedCompression);
    return { ...hole, bytes: encodeHole({ ...content, marks: change(content.marks) }, storedCompression) };
  };
  return {
    ...parts,
    table: {
      ...parts.table,
      readHead: async (shard) => {
        const head = await parts.table.readHead(shard);
        return head && { ...head, holes: head.holes.map(changed) };
      },
      async *readHoles(shard, from) {
        for await (const hole of parts.table.readHoles(shard, from)) yield changed(hole);
      },
    },
  };
}
