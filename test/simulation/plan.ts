import type { AggregateLimits } from '#app/aggregate/limits.ts';
import { ID_LIMITS } from '#core/duplicates/seen-ids.ts';
import { type ChangePlan, drawChange } from './draw-change.ts';
import { type DetailsPlan, drawDetails } from './draw-details.ts';
import { drawLookups, type LookupsPlan } from './draw-lookups.ts';
import {
  CLOSE_FAULTS,
  EVENT_FAULTS,
  type Fault,
  INVOCATION_FAULTS,
  IO_FAULTS,
  QUEUE_FAULTS,
  STREAM_FAULTS,
} from './fault-kinds.ts';
import { drawLevels, type LevelsPlan } from './levels-plan.ts';
import { Random } from './random.ts';

/** What may be changed about a seed, to find out what its failure needs. */
export interface Cut {
  /** Records that are put. */
  readonly records?: number;
  /** Faults that don't strike. */
  readonly without?: ReadonlySet<Fault>;
}

/** Everything about a run that is decided before it begins. Times in milliseconds. */
export interface Plan {
  readonly seed: number;
  readonly records: number;
  readonly putForMs: number;
  readonly eventsPerRecordMax: number;
  readonly groups: number;
  readonly shards: number;
  readonly reshards: number;
  /** Sizes of the windows of the aggregates `by_group`, `total` and `capped`; 0: there is no such aggregate. */
  readonly windowsMs: readonly [byGroup: number, total: number, capped: number];
  /** Sizes of the roll-ups of the same. */
  readonly rollupsMs: readonly [
    byGroup: readonly number[],
    total: readonly number[],
    capped: readonly number[],
  ];
  /** The gap of the aggregate `visits`, which has sessions; 0: there is no such aggregate. */
  readonly sessionGapMs: number;
  readonly sessionLongestMs: number;
  /** The aggregate `details`; `undefined`: there is none. */
  readonly details: DetailsPlan | undefined;
  /** The aggregate `kinds`, and the reference table that it looks up; `undefined`: there is none. */
  readonly lookups: LookupsPlan | undefined;
  /** How long the values of all levels are kept; 0: for good. */
  readonly retentionMs: number;
  readonly latenessMs: number;
  /** How copies of events are told, by their ids or by those of records alone; `undefined`: each counts. */
  readonly duplicates: { readonly withinMs: number; readonly byEvent: boolean } | undefined;
  readonly closeEveryMs: number;
  /** Runs of `close` beside those. */
  readonly closes: number;
  readonly closeTimeoutMs: number;
  /** Windows after which a run of `close` moves on what is final. */
  readonly windowsAStep: number;
  /** The clock goes on so long after the end, so that larger windows end too. */
  readonly afterwardsMs: number;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly timeoutMs: number;
  /** Usual latency of a call. */
  readonly latencyMs: number;
  readonly environments: number;
  readonly skewMs: number;
  /** At most one. */
  readonly outage: Outage | undefined;
  /** Since the start: no call of the services succeeds. */
  readonly longOutage: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** The longest that the mapping waits before it hands out a batch again. */
  readonly retryDelayMsMax: number;
  readonly reads: number;
  /** `undefined`: nothing is ever left out. */
  readonly levels: LevelsPlan | undefined;
  readonly storedItems: boolean;
  /** Of the versions that are deployed one after the other. */
  readonly limits: readonly [AggregateLimits, AggregateLimits];
  readonly deploymentMs: number;
  /** What the later version changes in the pipeline's definition; `undefined`: nothing. */
  readonly change: ChangePlan | undefined;
  /** Probability of each fault at each occasion. */
  readonly rates: Readonly<Record<Fault, number>>;
  /** Faults that are drawn, but don't strike. */
  readonly without: ReadonlySet<Fault>;
}

/** A time, since the start, in which the services fail a part of all calls. */
interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly failures: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Windows {
  readonly sizesMs: Plan['windowsMs'];
  readonly rollupsMs: Plan['rollupsMs'];
  /** Where it is not for good. */
  readonly retentionMs: number;
}

const WINDOWS: readonly Windows[] = [
  {
    sizesMs: [2 * MINUTE_MS, 0, 0],
    rollupsMs: [[6 * MINUTE_MS, HOUR_MS], [], []],
    retentionMs: HOUR_MS,
  },
  {
    sizesMs: [5 * MINUTE_MS, HOUR_MS, 0],
    rollupsMs: [[15 * MINUTE_MS], [6 * HOUR_MS], []],
    retentionMs: 6 * HOUR_MS,
  },
  {
    sizesMs: [15 * MINUTE_MS, 0, 10 * MINUTE_MS],
    rollupsMs: [[], [], [20 * MINUTE_MS]],
    retentionMs: 2 * HOUR_MS,
  },
  {
    sizesMs: [HOUR_MS, 24 * HOUR_MS, HOUR_MS],
    rollupsMs: [[24 * HOUR_MS], [], [3 * HOUR_MS]],
    retentionMs: 24 * HOUR_MS,
  },
];

const SESSIONS_CHANCE = 0.4;
const SESSION_GAPS_MS = [10_000, 30_000, 2 * MINUTE_MS];

/** How often each fault strikes at one occasion, where a seed has it at all. */
const RATES: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(IO_FAULTS.map((fault) => [fault, [0.002, 0.008, 0.025]])),
  ...Object.fromEntries(QUEUE_FAULTS.map((fault) => [fault, [0.1, 0.5]])),
  ...Object.fromEntries(INVOCATION_FAULTS.map((fault) => [fault, [0.02, 0.06]])),
  ...Object.fromEntries(STREAM_FAULTS.map((fault) => [fault, [0.03, 0.1]])),
  ...Object.fromEntries(EVENT_FAULTS.map((fault) => [fault, [0.02, 0.1]])),
  very_late: [0.01, 0.04],
  cold_start: [0.05, 0.3],
  redelivery: [0.1, 0.4],
  poison: [0.004, 0.012],
  foreign_write: [0.1, 0.5],
  expiry: [0.3, 1],
  slow_start: [0.3, 1],
  ...Object.fromEntries(CLOSE_FAULTS.map((fault) => [fault, [0.05, 0.3]])),
};

/** What a seed means. */
export function drawPlan(seed: number, { records, without = new Set() }: Cut = {}): Plan {
  const random = new Random(seed, 'plan');
  const has = (fault: Fault, chance: number) => random.chance(chance) && !without.has(fault);
  const small = has('small_head', 0.4);
  const ids = new Random(seed, 'ids');
  const before = drawLimits(random, small, ids);
  const after = drawLimits(random, small, ids);
  const putForMs = random.int(4, 25) * MINUTE_MS;
  const outageMs = random.int(0, putForMs);
  const outage = {
    fromMs: outageMs,
    toMs: outageMs + random.magnitude(20_000, 5 * MINUTE_MS),
    failures: random.pick([0.25, 0.6, 0.9]),
  };
  const drawn = random.int(100, 120);
  const windows = random.pick(WINDOWS);
  const closing = new Random(seed, 'closing');
  const sessions = new Random(seed, 'sessions');
  const sessionGapMs = sessions.chance(SESSIONS_CHANCE) ? sessions.pick(SESSION_GAPS_MS) : 0;
  const down = new Random(seed, 'down');
  const hasLongOutage = down.chance(0.06) && !without.has('long_outage');
  const downMs = down.int(0, putForMs);
  const levels = drawLevels(seed, putForMs, without);
  const { repair_twice = 0, repair_missed = 0 } = levels?.rates ?? {};
  const plan = {
    seed,
    records: records ?? drawn,
    putForMs,
    eventsPerRecordMax: random.pick([1, 1, 3, 6]),
    groups: random.int(1, 8),
    shards: random.int(1, 3),
    reshards: random.int(0, 3),
    windowsMs: windows.sizesMs,
    rollupsMs: windows.rollupsMs,
    sessionGapMs,
    sessionLongestMs: sessionGapMs * sessions.pick([1, 2, 4, 1000]),
    details: drawDetails(seed),
    // What a held event gets of a reference table, it gets when it is repaired: those are not put together here.
    lookups: levels === undefined ? drawLookups(seed, putForMs, without) : undefined,
    retentionMs: closing.chance(0.3) ? windows.retentionMs : 0,
    closeEveryMs: closing.pick([1, 1, 2, 4]) * MINUTE_MS,
    closes: closing.int(0, 6),
    closeTimeoutMs: closing.pick([4000, 20_000, MINUTE_MS, 5 * MINUTE_MS]),
    windowsAStep: closing.pick([1, 3, 500]),
    afterwardsMs: closing.pick([0, 2 * HOUR_MS, 25 * HOUR_MS]),
    latenessMs: random.pick([0, 30_000, 5 * MINUTE_MS]),
    duplicates: ids.chance(0.6)
      ? { withinMs: ids.pick([10_000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]), byEvent: ids.chance(0.75) }
      : undefined,
    batchSize: random.magnitude(4, 60),
    batchingWindowMs: random.pick([0, 2000, 2000, 10_000]),
    timeoutMs: random.pick([15_000, 60_000]),
    latencyMs: random.pick([5, 30, 400]),
    environments: random.int(2, 5),
    skewMs: has('clock_skew', 0.6) ? random.magnitude(1000, 10 * MINUTE_MS) : 0,
    outage: has('outage', 0.35) ? outage : undefined,
    longOutage: hasLongOutage ? { fromMs: downMs, toMs: downMs + HOUR_MS } : undefined,
    // A mapping that does not wait for long has the function invoked all the time, which must not cost calls.
    retryDelayMsMax: hasLongOutage ? 10_000 : 5 * MINUTE_MS,
    reads: random.int(4, 10),
    levels,
    storedItems: has('stored_items', 0.15),
    limits: [before, has('deployment', 0.5) ? after : before],
    deploymentMs: Math.floor(putForMs * random.next()),
    rates: {
      ...drawRates(seed),
      idle_shard: random.chance(0.3) ? 1 : 0,
      ...ONCE,
      repair_twice,
      repair_missed,
    },
    without,
  } satisfies Omit<Plan, 'change'>;
  const change = levels === undefined ? drawChange(seed, plan.deploymentMs, without) : undefined;
  return { ...plan, change };
}

/** Of faults that strike whenever there is an occasion. */
const ONCE = { split: 1, merge: 1, reference_changed: 1, reference_outage: 1, bad_derive: 0.03 };

function drawRates(seed: number): Plan['rates'] {
  const random = new Random(seed, 'rates');
  const rates: Record<string, number> = {};
  for (const [fault, levels] of Object.entries(RATES))
    rates[fault] = random.chance(0.55) ? random.pick(levels) : 0;
  return rates as Plan['rates'];
}

function drawLimits(random: Random, smallHead: boolean, ids: Random): AggregateLimits {
  return {
    headBytesMax: smallHead ? random.magnitude(1500, 5000) : 64 * 1024,
    pendingBytesSoft: random.magnitude(200, 24 * 1024),
    cellsMax: random.pick([5, 40, 4000, 4000, 4000]),
    letterBytesMax: random.pick([10, 1000, 8 * 1024 * 1024]),
    conflictsMax: random.int(1, 5),
    commitMsMax: 5000,
    commitReserveMs: random.pick([2000, 10_000]),
    suspectAfterMs: random.pick([10_000, MINUTE_MS]),
    crashAttemptsMax: random.int(2, 4),
    crashesPerHourMax: random.int(2, 5),
    ids: {
      ...ID_LIMITS,
      inHeadMax: ids.pick([0, 3, 20, 256]),
      inSegmentMax: ids.pick([2, 20, 1000]),
      segmentsSoft: ids.int(1, 10),
      // Others could not be merged.
      segmentsMax: 1000,
    },
  };
}
