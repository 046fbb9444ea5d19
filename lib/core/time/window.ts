import type { EpochMs, WindowStart } from '#core/brand.ts';

/** The start of the tumbling window of `sizeMs` that `time` is in: `[start, start + sizeMs)`. */
export function windowStartOf(time: EpochMs, sizeMs: number): WindowStart {
  return (Math.floor(time / sizeMs) * sizeMs) as WindowStart;
}

/**
 * The starts of all windows that a part `[start, start + partMs)` is in, ascending. Windows of `sizeMs` begin every
 * `everyMs`, and parts do not reach over their bounds.
 */
export function windowsWith(
  start: WindowStart,
  partMs: number,
  { sizeMs, everyMs }: { readonly sizeMs: number; readonly everyMs: number },
): WindowStart[] {
  const last = Math.floor(start / everyMs) * everyMs;
  const first = Math.ceil((start + partMs - sizeMs) / everyMs) * everyMs;
  const starts: WindowStart[] = [];
  for (let at = first; at <= last; at += everyMs) starts.push(at as WindowStart);
  return starts;
}
