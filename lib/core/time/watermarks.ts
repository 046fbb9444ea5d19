import type { EpochMs } from '#core/brand.ts';

/** The earliest of some watermarks; `null`, which is before all, where there is one or no other. */
export function earliest(watermarks: readonly (EpochMs | null)[]): EpochMs | null {
  let least: EpochMs | null = null;
  for (const watermark of watermarks) {
    if (watermark === null) return null;
    if (least === null || watermark < least) least = watermark;
  }
  return least;
}

/** The latest of some watermarks; `null` where there is none. */
export function latest(watermarks: readonly (EpochMs | null)[]): EpochMs | null {
  let most: EpochMs | null = null;
  for (const watermark of watermarks) {
    if (watermark !== null && (most === null || watermark > most)) most = watermark;
  }
  return most;
}
