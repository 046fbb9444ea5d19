import type { Capacity } from '#core/pipeline/pipeline.ts';
import type { Fault } from './fault-kinds.ts';
import { Random } from './random.ts';

/** What of a seed is about leaving out under load, and what follows from that. Times in milliseconds, since the start. */
export interface LevelsPlan {
  /** Some metrics are essential. */
  readonly hasEssential: boolean;
  /** Some events are of low priority. */
  readonly hasPriority: boolean;
  /** Of the versions that are deployed one after the other. */
  readonly capacities: readonly [Capacity, Capacity];
  /** While it lasts, many records come, and each invocation takes that long to begin. */
  readonly overload: { readonly fromMs: number; readonly toMs: number; readonly slowMs: number } | undefined;
  /** Each run of `close` puts a canary into each shard. */
  readonly canaries: boolean;
  readonly repairEveryMs: number;
  /** Runs of `repair` beside those. */
  readonly repairs: number;
  readonly repairTimeoutMs: number;
  /** No run of it takes place until then. */
  readonly repairFromMs: number;
  /** Records that a read gives at most. */
  readonly readRecordsMax: number;
  /**
   * From then on, what arrived before `beforeMs` has left the stream, for whoever reads it once more. `isWithinRead`: it
   * leaves when somebody next reads on, and what was next has gone.
   */
  readonly trim:
    | { readonly atMs: number; readonly beforeMs: number; readonly isWithinRead: boolean }
    | undefined;
  readonly rates: { readonly repair_twice: number; readonly repair_missed: number };
}

const MINUTE_MS = 60_000;
const LEVELS_CHANCE = 0.3;

const CAPACITIES: readonly Capacity[] = [
  { eventsPerSecond: 0.05 },
  { eventsPerSecond: 1 },
  { eventsPerSecond: 1000 },
  { bytesPerSecond: 20 },
  { bytesPerSecond: 500_000 },
];

/** What a seed means for levels; nothing where its pipeline declares no capacity. */
export function drawLevels(
  seed: number,
  putForMs: number,
  without: ReadonlySet<Fault>,
): LevelsPlan | undefined {
  const random = new Random(seed, 'levels');
  if (!random.chance(LEVELS_CHANCE)) return undefined;
  const kind = random.pick(['both', 'both', 'both', 'essential', 'priority'] as const);
  const before = random.pick(CAPACITIES);
  const after = random.pick(CAPACITIES);
  const hasOverload = random.chance(0.9) && !without.has('overload');
  const fromMs = random.int(0, putForMs >> 1);
  const toMs = Math.min(putForMs, fromMs + random.int(2 * MINUTE_MS, 8 * MINUTE_MS));
  const slowMs = random.int(11_000, 25_000);
  const isPaused = random.chance(0.3);
  const pausedMs = random.int(0, putForMs + 5 * MINUTE_MS);
  const hasTrim = random.chance(0.25) && !without.has('trim');
  const trimMs = random.int(fromMs, putForMs + 5 * MINUTE_MS);
  return {
    hasEssential: kind !== 'priority',
    hasPriority: kind !== 'essential',
    capacities: [before, random.chance(0.5) ? after : before],
    overload: hasOverload ? { fromMs, toMs, slowMs } : undefined,
    canaries: random.chance(0.4),
    repairEveryMs: random.pick([MINUTE_MS, MINUTE_MS, 2 * MINUTE_MS]),
    repairs: random.int(0, 8),
    // A run that goes on when the next one comes is taken for dead.
    repairTimeoutMs: random.pick([4000, 20_000, 50_000]),
    repairFromMs: isPaused ? pausedMs : 0,
    readRecordsMax: random.pick([1, 3, 100]),
    trim: hasTrim
      ? { atMs: trimMs, beforeMs: random.int(0, trimMs), isWithinRead: random.chance(0.5) }
      : undefined,
    rates: {
      repair_twice: random.chance(0.55) ? random.pick([0.05, 0.3]) : 0,
      repair_missed: random.chance(0.55) ? random.pick([0.05, 0.3]) : 0,
    },
  };
}
