import type { EpochMs } from '#core/brand.ts';
import type { Level } from '#core/pipeline/pipeline.ts';

/**
 * When an event came, seen from its window: before the shard had closed the window; after that; or when not even
 * late values are kept any more.
 */
export type Timeliness = 'on_time' | 'late' | 'expired';

/**
 * Judges by the shard's own watermark as it is when the event's turn comes, so that the same stream gives the same
 * answer, however it is cut into batches. `retentionMs`: how long values are kept after a window's end.
 */
export function timelinessOf(
  windowEnd: number,
  watermark: EpochMs | null,
  retentionMs: number | null,
): Timeliness {
  if (watermark === null || windowEnd > watermark) return 'on_time';
  return retentionMs === null || windowEnd + retentionMs > watermark ? 'late' : 'expired';
}

/**
 * What is stored goes so long after it is needed at the earliest: closing may stand still meanwhile, which an alarm
 * sees to, and what is needed then must be there.
 */
export const KEPT_BEYOND_MS = 30 * 86_400_000;

/** How long the values of the level that is kept longest are kept after a window's end; `null`: for good. */
export function longestRetention(levels: readonly Level[]): number | null {
  return levels.reduce<number | null>(
    (longest, { retentionMs }) =>
      longest === null || retentionMs === null ? null : Math.max(longest, retentionMs),
    0,
  );
}
