import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import { formatDuration } from '#core/time/duration.ts';

/**
 * The windows that can be asked for: the aggregate's own, and its roll-ups. Panes, smaller than both, are none. The one
 * level of sessions is of the panes that they are made of.
 */
export function levelsOf({ levels, window }: Aggregate): readonly Level[] {
  return levels.filter(({ sizeMs }) => sizeMs >= window.sizeMs);
}

/** The aggregate's own windows. */
export function ownLevel({ window }: Aggregate): WindowLevel {
  return window;
}

/** Whether groups can be ranked: those of one window. Sessions are windows of one group each. */
export function hasTop({ window }: Aggregate): boolean {
  return window.type !== 'session';
}

/** Their sizes, as texts; of sessions, the gap. */
export function sizesOf(aggregate: Aggregate): string[] {
  return levelsOf(aggregate).map(({ sizeMs }) => formatDuration(sizeMs));
}

/** Windows of one size that begin at regular times. */
export type WindowLevel = Pick<Level, 'sizeMs' | 'everyMs'>;
