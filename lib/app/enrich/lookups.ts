import { type CheckedEvent, isRejection, reject } from '#core/batch/check-event.ts';
import { FieldReader } from '#core/batch/field-reader.ts';
import { referenceKeyOf } from '#core/enrich/reference-key.ts';
import type { Lookup, Pipeline } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';
import type { MemoryCache } from '../ports/memory-cache.ts';
import type { ReferenceData } from '../ports/reference-data.ts';
import { type Answer, countLookup, type LookupCounts, NO_LOOKUPS } from './answer.ts';
import { LookupSource } from './lookup-source.ts';

/** An event with the fields of its lookups, or why there is none. */
export interface EnrichedEvent {
  readonly outcome: CheckedEvent | Rejection;
  readonly counts: LookupCounts;
}

/** A pipeline's lookups, with what they remember; made once an execution environment. */
export class Lookups {
  readonly #plans: readonly LookupPlan[];

  /** @param now epoch milliseconds */
  constructor({ lookups }: Pick<Pipeline, 'lookups'>, data: ReferenceData, now: () => number) {
    this.#plans = lookups.map((lookup) => ({
      lookup,
      field: new FieldReader(lookup.key),
      source: new LookupSource(lookup, data, now),
    }));
  }

  get caches(): readonly MemoryCache[] {
    return this.#plans.map(({ source }) => source.cache);
  }

  /**
   * Events with the fields of their lookups, in their order; what was rejected before is passed on. Each key is read
   * once for all of them. Rejects with a `DependencyError` where reference data can't be read, and the definition has
   * nothing to use instead.
   */
  async enrich(
    events: readonly (CheckedEvent | Rejection)[],
    isTimeUp: () => boolean,
  ): Promise<readonly EnrichedEvent[]> {
    const keys = this.#plans.map(({ field }) => keysOf(events, field));
    const answers = await Promise.all(
      this.#plans.map(({ source }, i) => source.answers(keys[i] ?? [], isTimeUp)),
    );
    return events.map((event) =>
      isRejection(event) ? { outcome: event, counts: NO_LOOKUPS } : this.#answered(event, answers),
    );
  }

  #answered(checked: CheckedEvent, answers: readonly ReadonlyMap<string, Answer>[]): EnrichedEvent {
    const { event, id } = checked;
    const enriched: Record<string, unknown> = { ...event };
    let counts = NO_LOOKUPS;
    for (let i = 0; i < this.#plans.length; i++) {
      const { lookup, field, source } = this.#plans[i] as LookupPlan;
      const key = referenceKeyOf(field.read(event));
      const answer = key === undefined ? source.noKey : answers[i]?.get(key);
      // None would pass for no entry, and count.
      if (answer === undefined) throw new Error(`lookup.${lookup.name}: a key was given no answer`);
      if (answer.values === undefined) {
        const outcome = id === undefined ? noEntry(lookup) : { ...noEntry(lookup), id };
        return { outcome, counts: NO_LOOKUPS };
      }
      for (const { name } of lookup.fields) enriched[name] = answer.values[name];
      counts = countLookup(counts, answer);
    }
    return { outcome: { ...checked, event: enriched }, counts };
  }
}

interface LookupPlan {
  readonly lookup: Lookup;
  readonly field: FieldReader;
  readonly source: LookupSource;
}

function keysOf(events: readonly (CheckedEvent | Rejection)[], field: FieldReader): Set<string> {
  const keys = new Set<string>();
  for (const each of events) {
    if (isRejection(each)) continue;
    const key = referenceKeyOf(field.read(each.event));
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

function noEntry({ name, key, table }: Lookup): Rejection {
  return reject(
    'lookup',
    `lookup.${name}: the table '${table}' has no entry under the event's '${key}'; add it and send the event again`,
  );
}
