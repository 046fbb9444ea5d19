import type { HashPosition } from '../brand.ts';
import { type HashRange, isWithin, middleOf } from './hash-range.ts';

/** A record of a sample: its size, and where the hash of its partition key is. */
export interface SampledRecord {
  /**
   * MD5 of the partition key; `null` where that does not tell the shard, since its producer gives explicit hash keys.
   */
  readonly position: HashPosition | null;
  /** Payload and partition key, as Kinesis counts them. */
  readonly bytes: number;
}

/** Records that a shard took in on end, and how long that took it. */
export interface ShardSample {
  readonly records: readonly SampledRecord[];
  /** In milliseconds, more than 0. */
  readonly spanMs: number;
}

/** What a shard takes in a second. */
export interface ShardCapacity {
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
}

/** A partition key that much of a shard's load has, by its hash alone. */
export interface HeavyKey {
  /** MD5 of the key, in hexadecimal digits. */
  readonly hash: HashPosition;
  /** Of the shard's load, from 0 to 1. */
  readonly share: number;
}

/** A place to split a shard at. */
export interface Cut {
  /** The first position of the upper half. */
  readonly at: HashPosition;
  /** The greater part of the shard's load that remains on one side; `null` where the load could not be placed. */
  readonly remains: number | null;
}

/** Where a shard is best split so that the lower side gets that share of its load, as nearly as its keys allow. */
export interface Cuts {
  readonly half: Cut;
  readonly third: Cut;
  readonly twoFifths: Cut;
}

/** What a sample says of a shard. */
export interface ShardMeasure {
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
  /** `null` where the shard has one position only. */
  readonly cuts: Cuts | null;
  /** The heaviest keys, most first. */
  readonly heaviest: readonly HeavyKey[];
}

/** Of how few records nothing is said but their rate: a share would be chance. */
const PLACED_MIN = 20;
/** How much of the load must be placed for a cut by load; the rest came with explicit hash keys. */
const PLACED_SHARE_MIN = 0.8;
const HEAVIEST_KEPT = 3;

/**
 * Rates, heaviest keys, and where to cut so that each side has its share of the load: between the two keys that divide
 * the sample so. A sample of n records finds the half within 1 / (2 √n) of the load (the standard error of a sampled
 * median's rank), however many keys there are: 1 % for 2,000. What counts is bytes or records, whichever the shard is
 * nearer to its limit with.
 */
export function measureShard(range: HashRange, sample: ShardSample, capacity: ShardCapacity): ShardMeasure {
  const seconds = sample.spanMs / 1000;
  const bytesPerSecond = sample.records.reduce((sum, { bytes }) => sum + bytes, 0) / seconds;
  const recordsPerSecond = sample.records.length / seconds;
  const isByBytes = bytesPerSecond / capacity.bytesPerSecond >= recordsPerSecond / capacity.recordsPerSecond;
  const placed = new Map<HashPosition, number>();
  let placedRecords = 0;
  let placedLoad = 0;
  let load = 0;
  for (const { bytes, position } of sample.records) {
    const weight = isByBytes ? bytes : 1;
    load += weight;
    // Elsewhere than its key's hash: it came with an explicit hash key, which is not told.
    if (position === null || !isWithin(range, position)) continue;
    placed.set(position, (placed.get(position) ?? 0) + weight);
    placedRecords += 1;
    placedLoad += weight;
  }
  const isPlaced = placedRecords >= PLACED_MIN && placedLoad >= PLACED_SHARE_MIN * load;
  const keys = isPlaced ? [...placed].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  return {
    bytesPerSecond,
    recordsPerSecond,
    cuts: range.first === range.last ? null : cutsOf(range, keys, placedLoad),
    heaviest: keys
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, HEAVIEST_KEPT)
      .map(([hash, weight]) => ({ hash, share: weight / load })),
  };
}

type WeightedKey = readonly [position: HashPosition, weight: number];

/** With fewer than two keys in the middle of the range: of one, all of the load remains on one side wherever it is. */
function cutsOf({ first, last }: HashRange, keys: readonly WeightedKey[], load: number): Cuts {
  if (keys.length >= 2) {
    const at = (share: number) => cutAt(keys, load, share * load);
    return { half: at(1 / 2), third: at(1 / 3), twoFifths: at(2 / 5) };
  }
  const middle: Cut = { at: middleOf(first, last), remains: keys.length === 1 ? 1 : null };
  return { half: middle, third: middle, twoFifths: middle };
}

/** Between the two neighbours that leave as nearly as can be so much below. */
function cutAt(keys: readonly WeightedKey[], load: number, wanted: number): Cut {
  let sum = 0;
  let below = 0;
  let lower = 0;
  for (let at = 0; at < keys.length - 1; at++) {
    sum += keys[at]?.[1] ?? 0;
    if (at > 0 && Math.abs(sum - wanted) >= Math.abs(below - wanted)) continue;
    below = sum;
    lower = at;
  }
  const [low, high] = keys.slice(lower, lower + 2) as [WeightedKey, WeightedKey];
  // In the middle of the gap: keys that come later fall to both sides alike.
  return { at: middleOf(low[0], high[0]), remains: Math.max(below, load - below) / load };
}
