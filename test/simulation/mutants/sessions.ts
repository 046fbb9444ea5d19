import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import { GroupTable } from '#core/group-table.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { storedCompression } from '../stored-compression.ts';
import type { Mutant } from './mutant.ts';

/** Readers that put sessions together from less than there is. */
export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'session-ends-with-its-pane',
    breaks: "whether a session goes on depends on its last event in a pane, not on the pane's start",
    readerTable: (table) => ({
      ...table,
      async *readBlocks(shard, aggregate, range) {
        for await (const block of table.readBlocks(shard, aggregate, range))
          yield { ...block, bytes: without('$last', block.bytes) };
      },
      async *readFinals(aggregate, levelMs, range) {
        for await (const final of table.readFinals(aggregate, levelMs, range))
          yield { ...final, bytes: without('$last', final.bytes) };
      },
    }),
  },
  {
    name: 'session-not-joined-by-late-events',
    breaks: 'what comes late may join two sessions, or begin one earlier',
    readerTable: (table) => ({
      ...table,
      async *readLateBlocks(aggregate, range) {
        for await (const { shard, block } of table.readLateBlocks(aggregate, range))
          yield { shard, block: { ...block, bytes: without('$last', without('$first', block.bytes)) } };
      },
    }),
  },
  {
    name: 'session-ends-with-the-range',
    breaks: 'a session that begins in a range is read as far as it goes on',
    readerTable: (table) => {
      // The first read of a question is of its range.
      let first: number | undefined;
      const isAround = (from: number | undefined) => first !== undefined && from !== first;
      return {
        ...table,
        async *readBlocks(shard, aggregate, range) {
          first ??= range.from;
          if (aggregate.name === 'visits' && isAround(range.from)) return;
          yield* table.readBlocks(shard, aggregate, range);
        },
      };
    },
  },
];

/** Groups as they are stored, with nothing in one of the columns. */
function without(column: string, bytes: Uint8Array): Uint8Array {
  const table = decodeGroups(bytes, storedCompression);
  if (!table.layout.some(({ name }) => name === column)) return bytes;
  const columns = table.layout.map(({ kind, name }, at) => {
    if (name !== column) return table.column(at);
    const empty = metricKind(kind).newColumn();
    for (let row = 0; row < table.size; row++) empty.addRow();
    return empty;
  });
  return encodeGroups(new GroupTable(table.layout, table.keys(), columns), storedCompression);
}
