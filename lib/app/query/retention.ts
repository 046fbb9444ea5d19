import type { EpochMs } from '#core/brand.ts';

/** Whether a window is kept no longer: what was on time is gone by then, and what is left of it would not be the value. */
export function isOver(windowEnd: number, retentionMs: number | null, finalThrough: EpochMs | null): boolean {
  return retentionMs !== null && finalThrough !== null && windowEnd + retentionMs <= finalThrough;
}
