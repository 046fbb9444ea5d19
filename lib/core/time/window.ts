import type { EpochMs, WindowStart } from '#core/brand.ts';

/** The start of the tumbling window of `sizeMs` that `time` is in: `[start, start + sizeMs)`. */
export function windowStartOf(time: EpochMs, sizeMs: number): WindowStart {
  return (Math.floor(time / sizeMs) * sizeMs) as WindowStart;
}
