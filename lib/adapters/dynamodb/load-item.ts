import type { EpochMs } from '#core/brand.ts';
import { type Level, type Load, NO_LOAD } from '#core/degradation/ladder.ts';
import { type Item, ItemError, integer, map, number, optional } from './attributes.ts';

/** How much a shard leaves out, as attributes; what is not known is left out. */
export function toLoad({ calmSince, high, level, measuring, seen, unitsPerSecond }: Load): Item {
  return {
    l: { N: String(level) },
    ...(seen !== null && { s: { M: toPair(seen.at, seen.lagMs) } }),
    ...(high !== null && { h: { M: toPair(high.since, high.lagMs) } }),
    ...(calmSince !== null && { c: { N: String(calmSince) } }),
    ...(measuring !== null && { m: { M: toPair(measuring.from, measuring.units) } }),
    ...(unitsPerSecond !== null && { u: { N: String(unitsPerSecond) } }),
  };
}

export function fromLoad(item: Item | null): Load {
  if (item === null) return NO_LOAD;
  const seen = fromPair(optional(item, 's', map));
  const high = fromPair(optional(item, 'h', map));
  const measuring = fromPair(optional(item, 'm', map));
  return {
    level: toLevel(integer(item, 'l')),
    seen: seen && { at: seen.time, lagMs: seen.value },
    high: high && { since: high.time, lagMs: high.value },
    calmSince: optional(item, 'c', integer) as EpochMs | null,
    measuring: measuring && { from: measuring.time, units: measuring.value },
    unitsPerSecond: optional(item, 'u', number),
  };
}

function toLevel(level: number): Level {
  if (level === 0 || level === 1 || level === 2) return level;
  throw new ItemError(`it has the level ${level}; there are 0, 1 and 2: deploy the newer code`);
}

function toPair(time: EpochMs, value: number): Item {
  return { t: { N: String(time) }, v: { N: String(value) } };
}

function fromPair(item: Item | null): { readonly time: EpochMs; readonly value: number } | null {
  return item === null ? null : { time: integer(item, 't') as EpochMs, value: integer(item, 'v') };
}
