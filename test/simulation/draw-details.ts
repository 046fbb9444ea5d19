import { Random } from './random.ts';

/** What a seed has of the aggregate `details`, which has metrics of all kinds. */
export interface DetailsPlan {
  readonly windowMs: number;
  readonly rollupsMs: readonly number[];
  /** Event times are multiples of it, so that many events have the same. */
  readonly stepMs: number;
}

const MINUTE_MS = 60_000;
const CHANCE = 0.3;
/** No size is above the least retention that a plan may have. */
const SIZES_MS: readonly Pick<DetailsPlan, 'windowMs' | 'rollupsMs'>[] = [
  { windowMs: 2 * MINUTE_MS, rollupsMs: [10 * MINUTE_MS] },
  { windowMs: 10 * MINUTE_MS, rollupsMs: [20 * MINUTE_MS, 60 * MINUTE_MS] },
  { windowMs: 30 * MINUTE_MS, rollupsMs: [] },
];

/** From numbers of its own, so that seeds without it are as they would be if there were none. */
export function drawDetails(seed: number): DetailsPlan | undefined {
  const random = new Random(seed, 'details');
  if (!random.chance(CHANCE)) return undefined;
  return { ...random.pick(SIZES_MS), stepMs: random.pick([1, 1000, 20_000]) };
}
