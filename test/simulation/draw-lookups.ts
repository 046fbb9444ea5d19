import type { Fault } from './fault-kinds.ts';
import { Random } from './random.ts';

/** What a seed has of the aggregate `kinds`, which groups by what is looked up. Times in milliseconds. */
export interface LookupsPlan {
  readonly windowMs: number;
  readonly rollupsMs: readonly number[];
  /** Entries of the reference table are changed so often while events are put. */
  readonly changes: number;
  readonly ttlMs: number;
  readonly staleMaxMs: number;
  readonly cacheMax: number;
  readonly whenMissing: 'null' | 'reject' | 'values';
  readonly whenDown: 'wait' | 'values';
  /** Times, since the start, at which the reference table fails. */
  readonly outages: readonly ReferenceOutage[];
}

export interface ReferenceOutage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly how: 'down' | 'throttled' | 'slow';
}

const MINUTE_MS = 60_000;
const CHANCE = 0.3;
/** No size is above the least retention that a plan may have. */
const SIZES_MS: readonly Pick<LookupsPlan, 'windowMs' | 'rollupsMs'>[] = [
  { windowMs: 3 * MINUTE_MS, rollupsMs: [15 * MINUTE_MS] },
  { windowMs: 20 * MINUTE_MS, rollupsMs: [] },
];
const OUTAGES_MAX = 4;

/** From numbers of its own, so that seeds without it are as they would be if there were none. */
export function drawLookups(
  seed: number,
  putForMs: number,
  without: ReadonlySet<Fault>,
): LookupsPlan | undefined {
  const random = new Random(seed, 'lookups');
  if (!random.chance(CHANCE)) return undefined;
  const size = random.pick(SIZES_MS);
  const changes = random.chance(0.7) ? random.magnitude(1, 60) : 0;
  const ttlMs = random.pick([1000, 30_000, 10 * MINUTE_MS]);
  const fails = random.chance(0.6);
  const outages = Array.from({ length: random.int(1, OUTAGES_MAX) }, () => {
    const fromMs = random.int(0, putForMs);
    const toMs = fromMs + random.magnitude(5000, 5 * MINUTE_MS);
    return { fromMs, toMs, how: random.pick(['down', 'throttled', 'slow'] as const) };
  });
  return {
    ...size,
    ttlMs,
    changes: without.has('reference_changed') ? 0 : changes,
    staleMaxMs: ttlMs * random.pick([1, 5, 100]),
    cacheMax: random.pick([1, 3, 10_000]),
    whenMissing: random.pick(['null', 'reject', 'values']),
    whenDown: random.pick(['wait', 'values']),
    outages: fails && !without.has('reference_outage') ? outages : [],
  };
}
