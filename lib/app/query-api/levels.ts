import type { Aggregate, Level } from '#core/pipeline/pipeline.ts';
import { formatDuration } from '#core/time/duration.ts';

/** The windows that can be asked for: the aggregate's own, and its roll-ups. Panes, smaller than both, are none. */
export function levelsOf({ levels, window }: Aggregate): readonly Level[] {
  return levels.filter(({ sizeMs }) => sizeMs >= window.sizeMs);
}

/** The aggregate's own windows. */
export function ownLevel({ window }: Aggregate): WindowLevel {
  return window;
}

/** Their sizes, as texts. */
export function sizesOf(aggregate: Aggregate): string[] {
  return levelsOf(aggregate).map(({ sizeMs }) => formatDuration(sizeMs));
}

/** Windows of one size that begin at regular times. */
export type WindowLevel = Pick<Level, 'sizeMs' | 'everyMs'>;
