import type { CountedEvent } from './counted-event.ts';

/** How far the answer to a quantile may be from the true one. */
export const QUANTILE_ERROR = 0.01;
export const QUANTILE = 0.75;
export const HISTOGRAM_BOUNDS = [-500, 0, 500];
export const TOP_K = 2;

/**
 * Whether the metrics of `details` are those of these events, from the rules in the docs alone: of events of one time
 * the shard decides which is the first, and of those of one shard their order in the stream.
 */
export function areDetails(
  metrics: Readonly<Record<string, unknown>>,
  given: readonly CountedEvent[],
  windowMs: number,
): boolean {
  const events = given.toSorted(byOrder);
  const withW = events.filter(({ w }) => w !== null);
  const greatest = events.reduce((a, b) => (b.v > a.v ? b : a));
  const least = withW.reduce<CountedEvent | undefined>(
    (a, b) => (a === undefined || (b.w ?? 0) < (a.w ?? 0) ? b : a),
    undefined,
  );
  const expected = {
    first: events[0]?.v,
    last: events.at(-1)?.v,
    first_w: withW[0]?.w ?? null,
    last_w: withW.at(-1)?.w ?? null,
    g_of_most: greatest.g,
    v_of_least: least?.v ?? null,
    spread: varianceOf(withW.map(({ w }) => w ?? 0)),
    buckets: bucketsOf(events.map(({ v }) => v)),
    a_second: (events.length * 1000) / windowMs,
    groups: new Set(events.map(({ g }) => g)).size,
    often: mostOften(events.map(({ g }) => g)),
  };
  const isExact = Object.entries(expected).every(
    ([name, value]) => JSON.stringify(metrics[name]) === JSON.stringify(value),
  );
  return isExact && isNear(metrics['most'], quantileOf(withW.map(({ w }) => w ?? 0)));
}

/** Whether the first or the last of some events is told from others of its time by its place alone. */
export function isTied(given: readonly CountedEvent[]): boolean {
  const times = given.map(({ time }) => time).sort((a, b) => a - b);
  return times.length > 1 && (times[0] === times[1] || times.at(-1) === times.at(-2));
}

function byOrder(a: CountedEvent, b: CountedEvent): number {
  return a.time - b.time || (a.shard === b.shard ? a.place - b.place : a.shard < b.shard ? -1 : 1);
}

/** Of the population. All sums are whole numbers below 2^53, so there is one rounding. */
function varianceOf(numbers: readonly number[]): number | null {
  const n = numbers.length;
  if (n === 0) return null;
  const sum = numbers.reduce((a, b) => a + b, 0);
  const squares = numbers.reduce((a, b) => a + b * b, 0);
  return (n * squares - sum * sum) / (n * n);
}

function bucketsOf(numbers: readonly number[]) {
  return Array.from({ length: HISTOGRAM_BOUNDS.length + 1 }, (_, bucket) => {
    const from = HISTOGRAM_BOUNDS[bucket - 1] ?? null;
    const to = HISTOGRAM_BOUNDS[bucket] ?? null;
    const within = numbers.filter((x) => (from === null || x >= from) && (to === null || x < to));
    return { from, to, count: within.length };
  });
}

function mostOften(values: readonly string[]) {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, TOP_K)
    .map(([value, count]) => ({ value, count, error: 0 }));
}

/** The least number that so great a part of them does not exceed. */
function quantileOf(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(QUANTILE * sorted.length) - 1)] ?? null;
}

function isNear(answer: unknown, truth: number | null): boolean {
  if (truth === null || typeof answer !== 'number') return answer === truth;
  // Beside the rounding of the bound itself.
  return Math.abs(answer - truth) <= Math.abs(truth) * QUANTILE_ERROR * (1 + 1e-9);
}
