import { count, definePipeline, max, type Pipeline, sum, tumbling } from 'weir';
import * as z from 'zod';
import type { LookupCounts } from '#app/enrich/answer.ts';
import type { EnrichedEvent } from '#app/enrich/lookups.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ReferenceData, ReferenceSource } from '#app/ports/reference-data.ts';
import type { CheckedEvent } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';

/** A pipeline that looks up its events' `origin`; `options` are the lookup's. */
export function airportPipeline(options: object = {}, others: object = {}): Pipeline {
  return definePipeline({
    name: 'flights',
    schema: z.object({ at: z.number(), origin: z.string().nullable(), delay: z.number() }),
    eventTime: ({ at }: { at: number }) => at,
    allowedLateness: '7d',
    lookup: {
      airport: { table: 'airports', key: 'origin', fields: { city: 'string', metres: 'number' }, ...options },
      ...others,
    },
    aggregates: {
      by_city: {
        groupBy: ['airport_city'],
        window: tumbling('1h'),
        metrics: { flights: count(), delay: sum('delay'), highest: max('airport_metres') },
      },
    },
  } as never);
}

export function flightFrom(origin: unknown): CheckedEvent {
  return { event: { origin, delay: 1 }, time: 0 as EpochMs };
}

/** A reference table in memory. Like the real one, it takes at most 100 keys a call, each once. */
export class FakeReferenceData implements ReferenceData {
  readonly entries = new Map<string, ReferenceEntry>([
    ['OSL', { city: 'Oslo', metres: 208 }],
    ['BGO', { city: 'Bergen', metres: 52 }],
    ['TRD', { city: 'Trondheim', metres: 17 }],
  ]);
  /** The keys of each call. */
  readonly calls: (readonly string[])[] = [];
  readonly sources: ReferenceSource[] = [];
  /** Calls under way at a time, at most, so far. */
  atATime = 0;
  failure: DependencyError | undefined;
  /** What each call waits for. */
  before: () => Promise<void> = async () => {};
  #underWay = 0;

  async get(source: ReferenceSource, keys: readonly string[]): Promise<ReadonlyMap<string, ReferenceEntry>> {
    if (keys.length > 100 || new Set(keys).size < keys.length || keys.includes('')) {
      throw new Error('DynamoDB would refuse these keys');
    }
    this.calls.push(keys);
    this.sources.push(source);
    this.#underWay += 1;
    this.atATime = Math.max(this.atATime, this.#underWay);
    try {
      await this.before();
      if (this.failure !== undefined) throw this.failure;
      return new Map(
        keys.flatMap((key) => {
          const entry = this.entries.get(key);
          return entry === undefined ? [] : [[key, entry] as const];
        }),
      );
    } finally {
      this.#underWay -= 1;
    }
  }

  get keysRead(): string[] {
    return this.calls.flat();
  }
}

export const DOWN = new DependencyError('reference_data', 'unavailable', 'no answer');

/** The cities of enriched events, in their order; a rejected event's reason. */
export function cities(events: readonly EnrichedEvent[]): unknown[] {
  return events.map(({ outcome }) => ('reason' in outcome ? outcome.reason : outcome.event['airport_city']));
}

export function countsOf(events: readonly EnrichedEvent[]): LookupCounts {
  const sumOf = (note: keyof LookupCounts) => events.reduce((total, { counts }) => total + counts[note], 0);
  return { missing: sumOf('missing'), stale: sumOf('stale'), degraded: sumOf('degraded') };
}
