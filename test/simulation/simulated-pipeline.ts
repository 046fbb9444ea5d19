import { definePipeline } from '#core/pipeline/define-pipeline.ts';
import {
  count,
  distinct,
  first,
  histogram,
  last,
  max,
  maxBy,
  mean,
  min,
  minBy,
  quantile,
  rate,
  sum,
  topK,
  variance,
} from '#core/pipeline/metrics.ts';
import type { Capacity, Pipeline } from '#core/pipeline/pipeline.ts';
import type { StandardSchema } from '#core/pipeline/standard-schema.ts';
import { session, tumbling } from '#core/pipeline/windows.ts';
import { hasExtra, type Version } from './draw-change.ts';
import type { LookupsPlan } from './draw-lookups.ts';
import { HISTOGRAM_BOUNDS, QUANTILE, QUANTILE_ERROR, TOP_K } from './naive-details.ts';
import { WHEN_DOWN, WHEN_MISSING } from './naive-lookup.ts';
import type { Plan } from './plan.ts';

/** An event of the simulation. Beside its values it says where the pipeline's own functions throw or die on it. */
export interface SimulatedEvent {
  readonly id: string;
  readonly t: number | string;
  readonly g: string;
  readonly h: string;
  readonly v: number;
  /** Does not contribute where it is missing. */
  readonly w?: number | null;
  /** What is looked up, and the event's own number; of a pipeline with lookups. */
  readonly k?: unknown;
  readonly u?: number;
  /** This function throws. */
  readonly throws?: 'schema' | 'time' | 'where' | 'derive';
  /** The function dies within this one. */
  readonly kills?: 'schema' | 'time' | 'where';
  /** The schema does what it must not: the function throws, and its process lives on. */
  readonly breaksSchema?: boolean;
}

/** Called in the place of the process's death; nothing that runs after it may have any effect. */
export type Die = () => void;

/** The first three in the order in which the plan has the sizes of their windows. */
export type AggregateName = 'by_group' | 'total' | 'capped' | 'visits' | 'details' | 'kinds' | 'extra';
/** Groups that `capped` keeps apart. */
const CAPPED_GROUPS = 3;

/** Definitions that are kept. */
const KNOWN_MAX = 1000;
const known = new Map<string, Pipeline>();
/** Of the run that goes on; kept with each definition, it would keep all that its run was made of. */
let dieNow: Die = () => {};

/**
 * The pipeline of a plan, with `die` to be called by poison, in one of the two versions that are deployed one after the
 * other. Definitions are kept from seed to seed, so there can be only one run at a time in a thread.
 */
export function simulatedPipeline(plan: Plan, die: Die, version: Version): Pipeline {
  const {
    windowsMs,
    latenessMs,
    retentionMs,
    sessionGapMs,
    sessionLongestMs,
    duplicates,
    details,
    levels,
    lookups,
  } = plan;
  const sessions = `${sessionGapMs},${sessionLongestMs}`;
  const capacity = levels?.capacities[version] ?? null;
  const load = `${JSON.stringify(capacity)},${levels?.hasEssential},${levels?.hasPriority}`;
  const key = `${windowsMs.join()},${latenessMs},${retentionMs},${duplicates?.withinMs},${duplicates?.byEvent},${sessions},${details?.windowMs},${load},${JSON.stringify({ ...lookups, outages: [], changes: 0 })},${definitionText(plan, version)}`;
  dieNow = die;
  let pipeline = known.get(key);
  if (pipeline === undefined) {
    pipeline = define(plan, version, capacity, () => dieNow());
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(key, pipeline);
  }
  return pipeline;
}

/** More events than a seed has in one group. */
const WHO_MAX = 1000;

/** What is derived from events, and what they get of the reference table. */
function enrichment(lookups: LookupsPlan, strike: (event: SimulatedEvent) => void): object {
  const { cacheMax, staleMaxMs, ttlMs, whenDown, whenMissing } = lookups;
  return {
    derive: {
      odd: (event: SimulatedEvent) => {
        strike(event);
        return event.v % 2 !== 0;
      },
    },
    lookup: {
      ref: {
        table: 'reference',
        tableKey: 'id',
        key: 'k',
        fields: { kind: 'string', weight: 'number' },
        ttl: `${ttlMs}ms`,
        staleMax: `${staleMaxMs}ms`,
        cacheMax,
        whenMissing: whenMissing === 'values' ? WHEN_MISSING : whenMissing,
        whenDown: whenDown === 'values' ? WHEN_DOWN : whenDown,
      },
    },
  };
}

/** What tells a version's definition from those of other plans and versions. */
function definitionText({ change }: Plan, version: Version): string {
  return change === undefined
    ? ''
    : `${change.metric},${change.aggregate},${change.extraWindowMs},${version}`;
}

/** The metrics of `by_group` that a deployment may change. */
function changedMetrics({ change }: Plan, version: Version) {
  const metric = version === 0 ? undefined : change?.metric;
  return {
    ...(metric !== 'removed' && { least: min(metric === 'other' ? 'w' : 'v') }),
    ...(metric === 'added' && { widest: max('w') }),
  };
}

function define(plan: Plan, version: Version, capacity: Capacity | null, die: Die): Pipeline {
  const { windowsMs, rollupsMs, retentionMs, latenessMs, sessionGapMs, sessionLongestMs, duplicates } = plan;
  const { details, lookups } = plan;
  const { hasEssential: essential = false, hasPriority = false } = plan.levels ?? {};
  const strike = (event: SimulatedEvent, place: SimulatedEvent['throws']) => {
    if (event.kills === place) die();
    if (event.kills === place || event.throws === place) throw new Error('an event of the simulation');
  };
  const schema: StandardSchema<SimulatedEvent, SimulatedEvent> = {
    '~standard': {
      version: 1,
      vendor: 'simulation',
      validate: (value) => {
        const event = value as Partial<SimulatedEvent> | null;
        if (typeof event !== 'object' || event === null) return { issues: [{ message: 'no object' }] };
        if (typeof event.v !== 'number') return { issues: [{ message: 'no number', path: ['v'] }] };
        strike(event as SimulatedEvent, 'schema');
        if (event.breaksSchema) return Promise.resolve({ value: event as SimulatedEvent });
        return { value: event as SimulatedEvent };
      },
    },
  };
  const windowOf = (sizeMs: number, rollups: readonly number[] = []) => {
    const [size, ...rollup] = [sizeMs, ...rollups].map((each) => `${each}ms`);
    const retention = Object.fromEntries([size, ...rollup].map((each) => [each, `${retentionMs}ms`]));
    return sizeMs === 0 ? undefined : tumbling(size ?? '', { rollup, ...(retentionMs > 0 && { retention }) });
  };
  const [byGroup, total, capped] = windowsMs.map((sizeMs, i) => windowOf(sizeMs, rollupsMs[i]));
  const detailed = windowOf(details?.windowMs ?? 0, details?.rollupsMs);
  const extra = windowOf(hasExtra(plan.change, version) ? (plan.change?.extraWindowMs ?? 0) : 0);
  const kinds = windowOf(lookups?.windowMs ?? 0, lookups?.rollupsMs);
  return definePipeline({
    name: 'simulation',
    schema,
    eventTime: (event) => {
      strike(event, 'time');
      return event.t;
    },
    allowedLateness: `${latenessMs}ms`,
    ...(lookups && enrichment(lookups, (event) => strike(event, 'derive'))),
    ...(capacity !== null && { capacity }),
    ...(hasPriority && {
      priority: ({ h }: SimulatedEvent) => (h === 'x' ? 'low' : 'normal'),
    }),
    ...(duplicates?.byEvent && { eventId: ({ id }: SimulatedEvent) => id }),
    ...(duplicates && { duplicates: { within: `${duplicates.withinMs}ms` } }),
    aggregates: {
      by_group: {
        groupBy: ['g'],
        window: byGroup ?? tumbling('1h'),
        metrics: {
          events: count({ essential }),
          total: sum('v', { essential }),
          mean: mean('w'),
          most: max('v'),
          ...changedMetrics(plan, version),
          odd: count({
            where: (event: SimulatedEvent) => {
              strike(event, 'where');
              return event.v % 2 !== 0;
            },
          }),
        },
      },
      ...(total !== undefined && {
        total: {
          groupBy: [],
          window: total,
          metrics: { events: count({ essential }), total: sum('v', { essential }) },
        },
      }),
      ...(capped !== undefined && {
        capped: {
          groupBy: ['g', 'h'],
          window: capped,
          groups: CAPPED_GROUPS,
          metrics: { events: count(), total: sum('v') },
        },
      }),
      ...(sessionGapMs > 0 && {
        visits: {
          groupBy: ['g'],
          window: session({
            gap: `${sessionGapMs}ms`,
            longest: `${sessionLongestMs}ms`,
            ...(retentionMs > 0 && { retention: `${retentionMs}ms` }),
          }),
          metrics: { events: count({ essential }), total: sum('v') },
        },
      }),
      ...(extra !== undefined && {
        extra: { groupBy: ['h'], window: extra, metrics: { events: count(), total: sum('v') } },
      }),
      ...(kinds !== undefined && {
        kinds: {
          groupBy: ['ref_kind', 'ref_weight', 'odd'] as never[],
          window: kinds,
          metrics: {
            events: count(),
            total: sum('v'),
            weight: sum('ref_weight' as 'v'),
            who: topK('u', WHO_MAX, { capacity: WHO_MAX }),
          },
        },
      }),
      ...(detailed !== undefined && {
        details: {
          groupBy: ['h'],
          window: detailed,
          metrics: {
            events: count(),
            total: sum('v'),
            first: first('v'),
            last: last('v'),
            first_w: first('w'),
            last_w: last('w'),
            g_of_most: maxBy('g', 'v'),
            v_of_least: minBy('v', 'w'),
            spread: variance('w'),
            buckets: histogram('v', HISTOGRAM_BOUNDS),
            a_second: rate(),
            groups: distinct('g'),
            often: topK('g', TOP_K),
            most: quantile('w', QUANTILE, { relativeError: QUANTILE_ERROR }),
          },
        },
      }),
    },
  });
}
