import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { AggregateAnswer } from '../query/answer-aggregate.ts';
import type { AnswerAggregate } from './deps.ts';
import type { WindowLevel } from './levels.ts';

/** How many times as many windows are read as before; and how many times `readGroupsMax`, should all be full. */
const GROWTH = 4;

/** Windows of one aggregate at one level that begin at `from` or later and before `to`. */
export interface WindowsWanted {
  readonly aggregate: Aggregate;
  readonly level: WindowLevel;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads a range in parts, forward, so that memory is bounded by what a part may hold and a page that is soon full
 * costs no more than its own windows. A part is as many windows as may be read if all were full; then more, by what
 * was found in them.
 */
export async function* readForward(
  answer: AnswerAggregate,
  { aggregate, level, from, to }: WindowsWanted,
): AsyncGenerator<AggregateAnswer & { readonly end: number }> {
  let windows = windowsAtOnce(aggregate.groupsMax);
  for (let start = from; start < to; ) {
    const end = Math.min(to, start + windows * level.everyMs);
    const part = await answer(aggregate, level.sizeMs, {
      from: start as WindowStart,
      to: end as WindowStart,
    });
    yield { ...part, end };
    windows = windowsNext(windows, aggregate, level, part);
    start = end;
  }
}

/** The same backward: the newest windows first, and more at a time the longer nothing was found. */
export async function* readBackward(
  answer: AnswerAggregate,
  { aggregate, level, from, to }: WindowsWanted,
): AsyncGenerator<AggregateAnswer> {
  let windows = 1;
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - windows * level.everyMs);
    const part = await answer(aggregate, level.sizeMs, {
      from: start as WindowStart,
      to: end as WindowStart,
    });
    yield part;
    windows = windowsNext(windows, aggregate, level, part);
    end = start;
  }
}

/** More where the last ones held little, but never more than memory bears should the next ones be full. */
function windowsNext(
  windows: number,
  { groupsMax }: Aggregate,
  level: WindowLevel,
  last: AggregateAnswer,
): number {
  const densestNext = 2 * densest(last, level);
  return Math.min(GROWTH * windows, windowsAtOnce(densestNext), GROWTH * windowsAtOnce(groupsMax));
}

function windowsAtOnce(groupsInWindow: number): number {
  return Math.max(1, Math.floor(QUERY_LIMITS.readGroupsMax / Math.max(1, groupsInWindow)));
}

/** Rows of the window that has most; of sessions, of those that begin in the same pane. */
function densest({ rows }: AggregateAnswer, { everyMs }: WindowLevel): number {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const start = Math.floor(row.windowStart / everyMs);
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
