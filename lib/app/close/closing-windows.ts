import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { isFolded } from '#core/protocol/fold-block.ts';
import type { Table, WindowRange } from '../ports/table.ts';
import type { ShardHead } from '../query/read-heads.ts';
import { mergeSorted } from './merge-sorted.ts';

/** A window whose end has come, and what each shard has of it. */
export interface ClosingWindow {
  readonly aggregate: Aggregate;
  readonly windowStart: WindowStart;
  readonly windowEnd: EpochMs;
  readonly parts: readonly Uint8Array[];
}

interface Part {
  readonly aggregate: Aggregate;
  readonly windowStart: WindowStart;
  readonly bytes: Uint8Array;
}

/**
 * The windows of all aggregates that end after `from` and no later than `to`, by their ends, with all that is stored
 * of them: those in which nothing is stored are not stepped through. The heads must have been read before.
 */
export async function* closingWindows(
  table: Table,
  aggregates: readonly Aggregate[],
  heads: readonly ShardHead[],
  from: EpochMs | null,
  to: EpochMs,
): AsyncGenerator<ClosingWindow[]> {
  const sources = aggregates
    .filter(({ window }) => hasEnds(window.everyMs, from, to))
    .flatMap((aggregate) => heads.map((shardHead) => partsOfShard(table, aggregate, shardHead, from, to)));
  for await (const { key, items } of mergeSorted(sources, endOf)) {
    const byAggregate = new Map<Aggregate, Part[]>();
    for (const part of items)
      byAggregate.set(part.aggregate, [...(byAggregate.get(part.aggregate) ?? []), part]);
    yield [...byAggregate].map(([aggregate, parts]) => ({
      aggregate,
      windowStart: (key - aggregate.window.everyMs) as WindowStart,
      windowEnd: key as EpochMs,
      parts: parts.map(({ bytes }) => bytes),
    }));
  }
}

/** Whether windows, one of which begins every `everyMs`, end after `from` and no later than `to`. */
export function hasEnds(everyMs: number, from: EpochMs | null, to: EpochMs): boolean {
  return from === null || Math.floor(to / everyMs) > Math.floor(from / everyMs);
}

/** The windows of this size that end after `from` and no later than `to`, by their starts. */
export function startsOfEnds(sizeMs: number, from: EpochMs | null, to: EpochMs): WindowRange {
  const before = (to - sizeMs + 1) as WindowStart;
  return from === null ? { to: before } : { from: (from - sizeMs + 1) as WindowStart, to: before };
}

function endOf({ aggregate, windowStart }: Part): number {
  return windowStart + aggregate.window.everyMs;
}

/** One shard's windows of one aggregate: its blocks, and with them what the head has pending that they lack. */
async function* partsOfShard(
  table: Table,
  aggregate: Aggregate,
  { shard, head }: ShardHead,
  from: EpochMs | null,
  to: EpochMs,
): AsyncGenerator<Part> {
  const range = startsOfEnds(aggregate.window.everyMs, from, to);
  const pending = head.pending
    .filter(({ key }) => key.aggregate === aggregate.name && key.generation === aggregate.generation)
    .filter(({ key, windowEnd }) => !key.late && windowEnd <= to && (from === null || windowEnd > from))
    .sort((a, b) => a.key.windowStart - b.key.windowStart);
  let next = 0;
  for await (const block of table.readBlocks(shard, aggregate, range)) {
    const { windowStart } = block.key;
    for (let delta = pending[next]; delta !== undefined; delta = pending[next]) {
      if (delta.key.windowStart > windowStart) break;
      next += 1;
      if (delta.key.windowStart === windowStart && isFolded(block, head)) break;
      yield { aggregate, windowStart: delta.key.windowStart, bytes: delta.bytes };
    }
    yield { aggregate, windowStart, bytes: block.bytes };
  }
  for (const delta of pending.slice(next)) {
    yield { aggregate, windowStart: delta.key.windowStart, bytes: delta.bytes };
  }
}
