import type { DurationMs } from '#core/brand.ts';

const UNIT_MS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const;

/** Longest duration that is taken: 10 years. Beyond it, a slip of the unit is likelier than a wish. */
const DURATION_MS_MAX = 3660 * UNIT_MS.d;

const PARTS = /^(?:\d{1,12}(?:ms|s|m|h|d))+$/;
const PART = /(\d+)(ms|s|m|h|d)/g;

/**
 * Reads a length of time: a whole number and a unit, e.g. `30s`, `5m`, `1h`, `7d`; or several, e.g. `1h30m`. Gives
 * milliseconds, at least 0, or the reason why there is none, as a sentence with the remedy.
 */
export function parseDuration(text: unknown): DurationMs | string {
  if (typeof text !== 'string' || !PARTS.test(text)) {
    const found = typeof text === 'string' ? `'${text.slice(0, 80)}'` : `what is of type ${typeof text}`;
    return `${found} is no duration; write a whole number and a unit (ms, s, m, h, d), like '30s', '5m' or '1h'`;
  }
  let sumMs = 0;
  for (const [, digits, unit] of text.matchAll(PART)) {
    sumMs += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  if (sumMs > DURATION_MS_MAX) return `'${text}' is longer than the most that is taken, '3660d'`;
  return sumMs as DurationMs;
}

/** The shortest text that `parseDuration` reads as these milliseconds, e.g. `1h`. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (durationMs >= UNIT_MS[unit] && durationMs % UNIT_MS[unit] === 0)
      return `${durationMs / UNIT_MS[unit]}${unit}`;
  }
  return `${durationMs}ms`;
}
