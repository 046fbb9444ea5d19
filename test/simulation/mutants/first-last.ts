import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { GroupTable } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import type { MetricColumn } from '#core/metrics/metric-kind.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { readOrders } from '#core/metrics/order-column.ts';
import { readScalars } from '#core/metrics/scalar-column.ts';
import { storedCompression } from '../stored-compression.ts';
import type { Mutant } from './mutant.ts';
import { writingHeads } from './seen-heads.ts';

type ChangeOrder = (order: EventOrder) => EventOrder;

const NOWHERE = { shard: '' as ShardId, sequence: '' as SequenceNumber, index: 0 };

/** Deltas, blocks and readers that lose which of a window's events is the first. */
export const FIRST_LAST_MUTANTS: readonly Mutant[] = [
  {
    name: 'first-last-ties-by-arrival',
    breaks:
      'of events of one time in several shards, the shard decides which is the first, not when they came',
    environment: (parts) => countingOrders(parts, (order) => ({ ...order, shard: NOWHERE.shard })),
  },
  {
    name: 'first-last-without-places',
    breaks: 'of events of one time, their places decide which is the first',
    environment: (parts) => countingOrders(parts, ({ time }) => ({ ...NOWHERE, time })),
  },
  {
    name: 'first-last-by-merge-order',
    breaks: 'which event is the last does not depend on the order in which blocks are merged',
    readerTable: (table) => {
      let reads = 0;
      return {
        ...table,
        async *readBlocks(shard, aggregate, range) {
          for await (const block of table.readBlocks(shard, aggregate, range)) {
            reads += 1;
            const time = reads as EpochMs;
            yield { ...block, bytes: withOrders(block.bytes, () => ({ ...NOWHERE, time })) };
          }
        },
      };
    },
  },
];

function countingOrders(parts: Parameters<typeof writingHeads>[0], change: ChangeOrder) {
  return writingHeads(parts, (head) => ({
    ...head,
    pending: head.pending.map((delta) => ({ ...delta, bytes: withOrders(delta.bytes, change) })),
  }));
}

/** Groups as they are stored, of which `first` and `last` stand elsewhere in the stream. */
function withOrders(bytes: Uint8Array, change: ChangeOrder): Uint8Array {
  const table = decodeGroups(bytes, storedCompression);
  const isEdge = (kind: string) => kind === 'first' || kind === 'last';
  if (!table.layout.some(({ kind }) => isEdge(kind))) return bytes;
  const columns = table.layout.map(({ kind }, at) =>
    isEdge(kind) ? reordered(table.column(at), kind, table.size, change) : table.column(at),
  );
  return encodeGroups(new GroupTable(table.layout, table.keys(), columns), storedCompression);
}

function reordered(column: MetricColumn, kind: string, rows: number, change: ChangeOrder): MetricColumn {
  const out = new ByteWriter();
  column.write(
    out,
    Array.from({ length: rows }, (_, row) => row),
  );
  const input = new ByteReader(out.finish());
  const values = readScalars(input, rows);
  const orders = readOrders(input, values.filter((value) => value !== undefined).length);
  const changed = metricKind(kind).newColumn();
  let next = 0;
  for (const [row, value] of values.entries()) {
    changed.addRow();
    const order = value === undefined ? undefined : orders[next++];
    if (value !== undefined && order !== undefined) changed.add(row, value, change(order));
  }
  return changed;
}
