import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import { isFolded } from '#core/protocol/fold-block.ts';
import type { PendingDelta } from '#core/protocol/head.ts';
import { isSameShard } from '#core/protocol/registry.ts';
import { windowsWith } from '#core/time/window.ts';
import type { Table, WindowRange } from '../ports/table.ts';
import { type FinalCache, readFinals, type StoredFinal } from './final-cache.ts';
import type { PipelineState, ShardHead } from './read-heads.ts';

/** What is stored of one window: parts that are merged into its value. */
export interface WindowParts {
  /** Its final alone, or what the shards have counted on time. */
  onTime: Uint8Array[];
  /** What came after a shard had closed the window. */
  late: Uint8Array[];
}

export type PartsByWindow = Map<WindowStart, WindowParts>;

/**
 * Reads what is stored of an aggregate's windows at one level, after registry and heads were read (`state`). A window
 * that is final is read as one item; of the others, all shards' blocks of the windows that they are made of, and what
 * the heads have pending beside those. What is late comes on top in either case.
 *
 * `range` is of windows of that level. Finals are read last: whatever `close` does meanwhile, a value is in a block or
 * in a final by then, and a final takes the place of blocks. `cache` has those that were read before.
 */
export async function readWindows(
  table: Table,
  aggregate: Aggregate,
  level: Level,
  range: WindowRange,
  state: PipelineState,
  cache?: FinalCache,
): Promise<PartsByWindow> {
  const { everyMs: storedMs } = aggregate.window;
  const { finalThrough } = state.registry;
  const finalsOf = (of: Level, within: WindowRange) =>
    cache === undefined
      ? readFinals(table, aggregate, of, within)
      : cache.read(table, aggregate, of, within, finalThrough);
  const stored = partsOf(range, level);
  const open = stillOpen(stored, level, finalThrough);
  const onTime: PartsByWindow = new Map();
  for (const shard of state.heads) await addOnTime(table, aggregate, open, shard, onTime);
  const late: PartsByWindow = new Map();
  await addLate(table, aggregate, stored, state, late);
  // Of what makes up open windows, some may be final already.
  const base: Level = { ...level, sizeMs: storedMs, everyMs: storedMs };
  if (level.sizeMs !== storedMs)
    for (const { windowStart, bytes } of await finalsOf(base, open))
      partsIn(onTime, windowStart).onTime = [bytes];

  const windows: PartsByWindow = new Map();
  for (const [start, parts] of [...onTime, ...late]) {
    for (const window of windowsWith(start, storedMs, level)) {
      if (!isWithin(window, range)) continue;
      const into = partsIn(windows, window);
      into.onTime.push(...parts.onTime);
      into.late.push(...parts.late);
    }
  }
  for (const { windowStart, bytes } of await finalsOf(level, range))
    partsIn(windows, windowStart).onTime = [bytes];
  if (level.sizeMs !== storedMs)
    await addMissing(level, finalThrough, windows, (within) => finalsOf(base, within));
  return windows;
}

/**
 * Windows that were closed before their level was declared have no final of it. Where something late is in one, that
 * alone would pass for its value: what was on time comes from the finals of its parts.
 */
async function addMissing(
  { sizeMs }: Level,
  finalThrough: EpochMs | null,
  windows: PartsByWindow,
  readBase: (range: WindowRange) => Promise<readonly StoredFinal[]>,
): Promise<void> {
  if (finalThrough === null) return;
  for (const [from, { onTime, late }] of windows) {
    const to = (from + sizeMs) as WindowStart;
    if (to > finalThrough || onTime.length > 0 || late.length === 0) continue;
    for (const { bytes } of await readBase({ from, to })) onTime.push(bytes);
  }
}

/** Where the parts begin of the windows that begin in a range. */
function partsOf({ from, to }: WindowRange, { everyMs, sizeMs }: Level): WindowRange {
  const up = (time: number) => Math.ceil(time / everyMs) * everyMs;
  return {
    ...(from !== undefined && { from: up(from) as WindowStart }),
    // The last window begins one step before the first that is not in the range.
    ...(to !== undefined && { to: (up(to) - everyMs + sizeMs) as WindowStart }),
  };
}

/** Of a range of parts, those of windows that are not final. */
function stillOpen(
  range: WindowRange,
  { everyMs, sizeMs }: Level,
  finalThrough: EpochMs | null,
): WindowRange {
  if (finalThrough === null) return range;
  // The first window that ends later.
  const firstOpen = ((Math.floor((finalThrough - sizeMs) / everyMs) + 1) * everyMs) as WindowStart;
  const from = range.from === undefined || range.from < firstOpen ? firstOpen : range.from;
  return { ...range, from };
}

async function addOnTime(
  table: Table,
  aggregate: Aggregate,
  range: WindowRange,
  { shard, head }: ShardHead,
  windows: PartsByWindow,
): Promise<void> {
  const pending = new Map(
    head.pending
      .filter((delta) => isOf(delta, aggregate, range) && !delta.key.late)
      .map((delta) => [delta.key.windowStart, delta]),
  );
  for await (const block of table.readBlocks(shard, aggregate, range)) {
    const { windowStart } = block.key;
    partsIn(windows, windowStart).onTime.push(block.bytes);
    if (isFolded(block, head)) pending.delete(windowStart);
  }
  for (const [start, { bytes }] of pending) partsIn(windows, start).onTime.push(bytes);
}

async function addLate(
  table: Table,
  aggregate: Aggregate,
  range: WindowRange,
  { heads, repairs }: PipelineState,
  windows: PartsByWindow,
): Promise<void> {
  const add = (start: WindowStart, bytes: Uint8Array) => partsIn(windows, start).late.push(bytes);
  const pending = [...heads, ...repairs].flatMap(({ shard, head }) =>
    head.pending
      .filter((delta) => isOf(delta, aggregate, range) && delta.key.late)
      .map((delta) => ({ shard, head, delta, isFolded: false })),
  );
  for await (const { shard, block } of table.readLateBlocks(aggregate, range)) {
    add(block.key.windowStart, block.bytes);
    for (const one of pending)
      if (one.delta.key.windowStart === block.key.windowStart && isSameShard(one.shard, shard))
        one.isFolded = isFolded(block, one.head);
  }
  for (const { delta, isFolded: isIn } of pending) if (!isIn) add(delta.key.windowStart, delta.bytes);
}

function isOf({ key }: PendingDelta, { name, generation }: Aggregate, range: WindowRange): boolean {
  return key.aggregate === name && key.generation === generation && isWithin(key.windowStart, range);
}

function isWithin(start: WindowStart, { from, to }: WindowRange): boolean {
  return (from === undefined || start >= from) && (to === undefined || start < to);
}

function partsIn(windows: PartsByWindow, start: WindowStart): WindowParts {
  let parts = windows.get(start);
  if (parts === undefined) {
    parts = { onTime: [], late: [] };
    windows.set(start, parts);
  }
  return parts;
}
