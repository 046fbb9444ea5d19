import type { EpochMs } from '#core/brand.ts';
import type { Aggregate, Capacity, Pipeline } from '#core/pipeline/pipeline.ts';

/** What is left out of a shard's events: nothing; all metrics but the essential ones; events of low priority, too. */
export type Level = 0 | 1 | 2;

/** How much a shard leaves out, and what the next decision about that goes by. It is in the head, and moves with it. */
export interface Load {
  /** Of the next commit. */
  readonly level: Level;
  /** When a commit told last how far behind it is, and how far that was; `null`: none has. */
  readonly seen: { readonly at: EpochMs; readonly lagMs: number } | null;
  /** Since when the lag has been high and has not shrunk, and from what; `null`: it is not high. */
  readonly high: { readonly since: EpochMs; readonly lagMs: number } | null;
  /** Since when there is no lag, and no more comes than the pipeline's capacity. */
  readonly calmSince: EpochMs | null;
  /** What comes, in units of the capacity, is measured over a minute of arrivals at a time: the minute that is open. */
  readonly measuring: { readonly from: EpochMs; readonly units: number } | null;
  /** The last one that is over, a second. */
  readonly unitsPerSecond: number | null;
}

export const NO_LOAD: Load = {
  level: 0,
  seen: null,
  high: null,
  calmSince: null,
  measuring: null,
  unitsPerSecond: null,
};

/** The numbers that levels go by. */
export const LADDER = {
  /** Answers that are older than this are late. */
  lagHighMs: 10_000,
  /** A lag that is high and has not shrunk for so long takes a level more. */
  riseAfterMs: 60_000,
  /** Shrunk: to less than so much of what it was. */
  shrunkTo: 0.9,
  /** Without a commit for so long, a high lag says that something stood still, and nothing of the load. */
  forgetAfterMs: 300_000,
  /** So long without lag, and with no more than so much of the capacity coming, takes a level less. */
  fallAfterMs: 180_000,
  headroom: 0.8,
  measureOverMs: 60_000,
} as const;

/** What a commit saw. */
export interface LoadSeen {
  readonly now: EpochMs;
  /** Of the first and of the last event that it counts. */
  readonly firstArrival: EpochMs;
  readonly lastArrival: EpochMs;
  readonly events: number;
  /** Of the records whose last event it counts. */
  readonly bytes: number;
}

/** The levels that a pipeline's definition has any use for, ascending. */
export function levelsOf({ aggregates, capacity, priority }: Pipeline): readonly Level[] {
  if (capacity === null) return [0];
  const levels: Level[] = [0];
  if (aggregates.some(isReducible) && aggregates.some(hasEssential)) levels.push(1);
  if (priority !== undefined) levels.push(2);
  return levels;
}

/** Whether some of an aggregate's metrics are not essential. */
export function isReducible({ metrics }: Pick<Aggregate, 'metrics'>): boolean {
  return metrics.some(({ essential }) => !essential);
}

function hasEssential({ metrics }: Pick<Aggregate, 'metrics'>): boolean {
  return metrics.some(({ essential }) => essential);
}

/**
 * Decides the level of the next commit. Up, where the lag is high and has not shrunk for a minute: while it shrinks,
 * the function is catching up, and what is left out would have to be read again. Down, where there has been no lag for
 * three minutes and what comes would not make one: else levels would go up and down as long as the load lasts.
 */
export function nextLoad(load: Load, seen: LoadSeen, capacity: Capacity, levels: readonly Level[]): Load {
  const { now } = seen;
  const lagMs = Math.max(0, now - seen.lastArrival);
  const rate = measure(load, seen, capacity);
  const next: Load = { ...load, ...rate, seen: { at: now, lagMs }, high: null, calmSince: null };
  const above = levels.find((level) => level > load.level);
  const below = levels.findLast((level) => level < load.level);
  if (lagMs > LADDER.lagHighMs) {
    const { high } = load;
    const stoodStill = load.seen === null || now - load.seen.at > LADDER.forgetAfterMs;
    if (high === null || stoodStill || lagMs < high.lagMs * LADDER.shrunkTo || now < high.since)
      return { ...next, high: { since: now, lagMs } };
    if (now - high.since < LADDER.riseAfterMs || above === undefined) return { ...next, high };
    return { ...next, level: above, high: { since: now, lagMs } };
  }
  if (below === undefined) return next;
  const perSecond = 'eventsPerSecond' in capacity ? capacity.eventsPerSecond : capacity.bytesPerSecond;
  const { unitsPerSecond } = rate;
  if (unitsPerSecond === null || unitsPerSecond > LADDER.headroom * perSecond) return next;
  const calmSince = load.calmSince === null || now < load.calmSince ? now : load.calmSince;
  if (now - calmSince < LADDER.fallAfterMs) return { ...next, calmSince };
  return { ...next, level: below, calmSince: now };
}

function measure(
  { measuring, unitsPerSecond }: Load,
  { bytes, events, firstArrival, lastArrival }: LoadSeen,
  capacity: Capacity,
): Pick<Load, 'measuring' | 'unitsPerSecond'> {
  const from = measuring?.from ?? firstArrival;
  const units = (measuring?.units ?? 0) + ('eventsPerSecond' in capacity ? events : bytes);
  const spanMs = lastArrival - from;
  if (spanMs < LADDER.measureOverMs) return { measuring: { from, units }, unitsPerSecond };
  return { measuring: { from: lastArrival, units: 0 }, unitsPerSecond: (units * 1000) / spanMs };
}
