import type { Delta } from '#core/batch/batch-deltas.ts';
import { decodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, SequenceNumber, ShardId, WindowStart } from '#core/brand.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import { type Block, blockKeyText } from '#core/protocol/block.ts';
import { isFolded } from '#core/protocol/fold-block.ts';
import type { Head } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import type { Commit } from '#core/protocol/next-head.ts';
import { rawDeflate } from '../raw-deflate.ts';

export const SIZE_MS = 1000;
/** How long the blocks of these deltas are kept. */
export const KEEP_MS = 86_400_000;
/** For metrics that do not look at it. */
export const ORDER: EventOrder = {
  time: 0 as EpochMs,
  shard: 'shardId-0' as ShardId,
  sequence: '1' as SequenceNumber,
  index: 0,
};
export const LAYOUT: Layout = [
  { name: 'events', kind: 'count' },
  { name: 'total', kind: 'sum' },
];

/** Numbers by group, for one window. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

export function tableOf(numbers: Numbers): GroupTable {
  const table = GroupTable.empty(LAYOUT);
  for (const [group, values] of Object.entries(numbers)) {
    for (const value of values) {
      const row = table.row(group as GroupKey);
      table.column(0).add(row, 0, ORDER);
      table.column(1).add(row, value, ORDER);
    }
  }
  return table;
}

export function deltaOf(window: number, table: GroupTable, groupsMax = 1000, aggregate = 'a'): Delta {
  const windowStart = (window * SIZE_MS) as WindowStart;
  return {
    key: { aggregate, generation: 'g', windowStart },
    windowEnd: (windowStart + SIZE_MS) as EpochMs,
    groupsMax,
    keepMs: KEEP_MS,
    table,
  };
}

/** The same, of what came after the shard had closed the window. */
export function lateDeltaOf(window: number, table: GroupTable): Delta {
  const delta = deltaOf(window, table);
  return { ...delta, key: { ...delta.key, late: true } };
}

export function commitOf(change: Partial<Commit> = {}): Commit {
  return {
    position: { sequence: '1' as SequenceNumber, events: null },
    ledger: EMPTY_LEDGER,
    deltas: [],
    watermark: null,
    foldedBytes: new Map(),
    pendingBytesSoft: 24 * 1024,
    suspect: null,
    crashes: null,
    newest: null,
    seen: null,
    ...change,
  };
}

/** What a reader adds up: events and total of each group, of the blocks and of what is pending beside them. */
export function readAll(head: Head, blocks: ReadonlyMap<string, Block>): Map<string, [number, number]> {
  const sums = new Map<string, [number, number]>();
  const add = (window: number, bytes: Uint8Array) => {
    const table = decodeGroups(bytes, rawDeflate);
    for (const key of table.keys()) {
      const [events, total] = table.values(table.row(key)).map(Number) as [number, number];
      const cell = `${window}|${key}`;
      const [eventsBefore, totalBefore] = sums.get(cell) ?? [0, 0];
      sums.set(cell, [eventsBefore + events, totalBefore + total]);
    }
  };
  for (const block of blocks.values()) add(block.key.windowStart / SIZE_MS, block.bytes);
  for (const delta of head.pending) {
    if (!isFolded(blocks.get(blockKeyText(delta.key)), head))
      add(delta.key.windowStart / SIZE_MS, delta.bytes);
  }
  return sums;
}
