import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import { windowsWith } from '#core/time/window.ts';
import type { Table } from '../ports/table.ts';
import { type ClosingWindow, hasEnds, startsOfEnds } from './closing-windows.ts';

/**
 * The windows of a level that is made of another one (a roll-up, or hopping windows made of panes) that end after
 * `from` and no later than `to`, by their starts. They are made of the finals of the level below, which must be there
 * up to `to`: of those only, since what came late is kept apart, and added when it is read.
 */
export async function* rolledUpWindows(
  table: Table,
  aggregate: Aggregate,
  parts: Level,
  level: Level,
  from: EpochMs | null,
  to: EpochMs,
): AsyncGenerator<ClosingWindow> {
  if (!hasEnds(level.everyMs, from, to)) return;
  const { from: first, to: before = 0 } = startsOfEnds(level.sizeMs, from, to);
  const isIn = (start: WindowStart) => (first === undefined || start >= first) && start < before;
  // All parts of those windows.
  const range = { ...(first !== undefined && { from: first }), to: (before + level.sizeMs) as WindowStart };
  const open = new Map<WindowStart, Uint8Array[]>();
  for await (const { key, bytes } of table.readFinals(aggregate, parts.sizeMs, range)) {
    for (const start of open.keys()) {
      if (start + level.sizeMs > key.windowStart) break;
      yield closing(aggregate, level, start, open);
    }
    for (const start of windowsWith(key.windowStart, parts.sizeMs, level)) {
      if (isIn(start)) open.set(start, [...(open.get(start) ?? []), bytes]);
    }
  }
  for (const start of open.keys()) yield closing(aggregate, level, start, open);
}

/** Takes a window out of those that are open: it has all its parts. */
function closing(
  aggregate: Aggregate,
  { sizeMs }: Level,
  windowStart: WindowStart,
  open: Map<WindowStart, Uint8Array[]>,
): ClosingWindow {
  const parts = open.get(windowStart) ?? [];
  open.delete(windowStart);
  return { aggregate, windowStart, windowEnd: (windowStart + sizeMs) as EpochMs, parts };
}
