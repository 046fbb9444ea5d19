import type { EpochMs } from '../brand.ts';
import { isNextTo } from './hash-range.ts';
import type { KnownShard, Move } from './moves.ts';
import { SCALE_RULES, type ScaleSettings } from './scale-settings.ts';

interface Pair {
  readonly lower: KnownShard;
  readonly upper: KnownShard;
  /** The most that they can have carried together at any time of the calm: the sum of their peaks. */
  readonly peak: number;
}

/**
 * Neighbours to merge, coldest first; `shards` in the order of their ranges. Each pair is judged by all that its shards
 * did during the calm, and all pairs together by the mean of the shards that there will be when they are merged: of many
 * quiet shards, those that are merged first stand out until the others are too.
 */
export function planMerges(
  settings: ScaleSettings,
  shards: readonly KnownShard[],
  now: EpochMs,
): readonly Move[] {
  return bestPairs(quietPairs(settings, shards, now), shards, settings.shardsMin)
    .toSorted((a, b) => a.peak - b.peak)
    .slice(0, SCALE_RULES.movesMax)
    .map(({ lower, peak, upper }) => ({
      type: 'merge',
      shard: lower.shard,
      neighbour: upper.shard,
      reason: `for ${Math.round(settings.calmMs / 60_000)} minutes, both together have carried at most ${percent(peak)} of what one shard is to carry`,
    }));
}

function quietPairs(settings: ScaleSettings, shards: readonly KnownShard[], now: EpochMs): Pair[] {
  return shards.flatMap((lower, i): Pair[] => {
    const upper = shards[i + 1];
    if (upper === undefined || !isNextTo(lower.range, upper.range)) return [];
    const peak = peakOf(settings, lower, now) + peakOf(settings, upper, now);
    return peak <= SCALE_RULES.mergedMax ? [{ lower, upper, peak }] : [];
  });
}

/** Infinite where the shard has not been looked at for as long as the calm has to last. */
function peakOf({ calmMs }: ScaleSettings, { record }: KnownShard, now: EpochMs): number {
  if (record === undefined || now - record.since < calmMs) return Number.POSITIVE_INFINITY;
  return record.peaks.reduce((most, { load }) => Math.max(most, load), record.load);
}

/**
 * As many pairs as there can be without one that stands out. Up to which load they are taken is tried from the top: to
 * leave out a pair that is too much leaves more shards, and so a lower mean, which others may be too much for.
 */
function bestPairs(pairs: readonly Pair[], shards: readonly KnownShard[], shardsMin: number): Pair[] {
  const total = shards.reduce((sum, { record }) => sum + (record?.load ?? 0), 0);
  const limits = [...new Set(pairs.map(({ peak }) => peak))].sort((a, b) => b - a);
  for (const limit of limits) {
    const chosen = disjoint(
      pairs.filter(({ peak }) => peak <= limit),
      shards.length - shardsMin,
    );
    const mean = total / (shards.length - chosen.length);
    const most = Math.max(...chosen.map(({ peak }) => peak));
    if (most <= Math.max(SCALE_RULES.mergedAlways, SCALE_RULES.mergedMeanMax * mean)) return chosen;
  }
  return [];
}

/** No shard twice. Taken in their order, there can't be more of them. */
function disjoint(pairs: readonly Pair[], pairsMax: number): Pair[] {
  const chosen: Pair[] = [];
  for (const pair of pairs) {
    if (chosen.at(-1)?.upper !== pair.lower) chosen.push(pair);
  }
  return chosen.length <= pairsMax ? chosen : coldest(chosen, pairsMax);
}

function coldest(pairs: readonly Pair[], pairsMax: number): Pair[] {
  return pairs.toSorted((a, b) => a.peak - b.peak).slice(0, Math.max(0, pairsMax));
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
