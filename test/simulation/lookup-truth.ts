import { Lookups } from '#app/enrich/lookups.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ReferenceData } from '#app/ports/reference-data.ts';
import { type CheckedEvent, isRejection } from '#core/batch/check-event.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';
import type { LookupsPlan } from './draw-lookups.ts';
import {
  LEFT_ALONE_MS,
  NO_ENTRY_MS_MAX,
  naiveKey,
  naiveReference,
  type Reference,
  referenceText,
  WHEN_DOWN,
} from './naive-lookup.ts';
import type { SimulatedReference } from './simulated-reference.ts';
import type { World } from './world.ts';

interface Read {
  /** When the call began, by the environment's clock. */
  readonly atMs: number;
  readonly entry: ReferenceEntry | undefined;
}

/** What one environment can know of the reference table: what it was told, and when it last got no answer. */
interface Known {
  readonly reads: Map<string, Read>;
  failedMs: number;
  failures: number;
}

type Outcome = CheckedEvent | Rejection;

/**
 * The rule of lookups written down a second time: what an event may get follows from what its environment was told by
 * the table, how long ago, and whether the table answers.
 */
export class LookupTruth {
  readonly #world: World;
  readonly #plan: LookupsPlan;
  readonly #reference: SimulatedReference;
  /** What each event was ever given, by its own number. */
  readonly #given = new Map<number, Map<string, Reference>>();

  constructor(world: World, plan: LookupsPlan, reference: SimulatedReference) {
    this.#world = world;
    this.#plan = plan;
    this.#reference = reference;
  }

  /** What an environment is made with: the table as it is watched, and the lookups of a table, watched. */
  watch(environment: { readonly name: string; nowMs(): number }) {
    const known: Known = { reads: new Map(), failedMs: Number.NEGATIVE_INFINITY, failures: 0 };
    const now = () => environment.nowMs();
    return {
      table: (data: ReferenceData): ReferenceData => ({
        get: async (source, keys) => {
          const atMs = now();
          try {
            const entries = await data.get(source, keys);
            for (const key of keys) known.reads.set(key, { atMs, entry: entries.get(key) });
            known.failedMs = Number.NEGATIVE_INFINITY;
            return entries;
          } catch (error) {
            known.failedMs = now();
            known.failures += 1;
            throw error;
          }
        },
      }),
      lookups: (pipeline: Pipeline, data: ReferenceData): Lookups =>
        new WatchedLookups(pipeline, data, now, {
          begin: () => ({ ...known, reads: new Map(known.reads) }),
          waited: () => this.#waited(environment.name),
          end: (before, startMs, events, outcomes) => {
            const span = { before, after: known, startMs, endMs: now() };
            for (const [i, event] of events.entries()) {
              const outcome = outcomes[i];
              if (isRejection(event) || outcome === undefined) continue;
              this.#check(environment.name, span, event, outcome);
            }
          },
        }),
    };
  }

  /** What an event with this number was given in one attempt or another; of all that it may have been counted as. */
  given(number: number, text: string): Reference | undefined {
    return this.#given.get(number)?.get(text);
  }

  /** Whether a value is one that the table had at some time, or is used in its place: whatever anybody remembers. */
  mayBe(key: unknown, reference: Reference): boolean {
    const text = naiveKey(key);
    const entries = text === undefined ? [undefined] : this.#reference.ever(text);
    const texts = entries.map((entry) => referenceText(naiveReference(this.#plan, entry)));
    if (this.#plan.whenDown === 'values' && text !== undefined) texts.push(referenceText(WHEN_DOWN));
    return texts.includes(referenceText(reference));
  }

  #waited(name: string): void {
    this.#world.strikes.add('lookup_waited');
    this.#world.trace(`${name} waits for reference data`);
  }

  #check(name: string, span: Span, { event }: CheckedEvent, outcome: Outcome): void {
    const { strikes } = this.#world;
    const key = naiveKey(event['k']);
    const allowed = key === undefined ? [naiveReference(this.#plan, undefined)] : this.#allowed(key, span);
    const reference = isRejection(outcome) ? undefined : referenceOf(outcome);
    const text = referenceText(reference);
    if (!allowed.some((each) => referenceText(each) === text)) {
      const wanted = allowed.map(referenceText).join(' or ') || 'no answer';
      this.#world.fail(
        `${name} gives an event with the key ${JSON.stringify(event['k'])} ${text}, not ${wanted}`,
      );
      return;
    }
    if (reference === undefined) {
      strikes.add('lookup_rejected');
      return;
    }
    if (key !== undefined && text !== referenceText(naiveReference(this.#plan, this.#reference.entry(key))))
      strikes.add(text === referenceText(WHEN_DOWN) ? 'lookup_degraded' : 'lookup_outdated');
    const number = event['u'] as number;
    const given = this.#given.get(number) ?? new Map<string, Reference>();
    this.#given.set(number, given.set(text, reference));
  }

  /** What may be given for a key by who knew `before`, and knows `after`. */
  #allowed(key: string, { before, after, startMs, endMs }: Span): (Reference | undefined)[] {
    const { cacheMax, staleMaxMs, ttlMs, whenDown } = this.#plan;
    const old = before.reads.get(key);
    const read = after.reads.get(key);
    const answer = (of: Read) => naiveReference(this.#plan, of.entry);
    const isRead = read !== undefined && read !== old;
    // Nothing that was asked for has to be remembered, beyond the cache's size.
    if (isRead) return [answer(read)];
    const keptMs = old?.entry === undefined ? Math.min(ttlMs, NO_ENTRY_MS_MAX) : ttlMs;
    const isFresh = old !== undefined && startMs - old.atMs < keptMs;
    const isDown = after.failures !== before.failures || startMs < before.failedMs + LEFT_ALONE_MS;
    if (!isDown) return isFresh ? [answer(old)] : [];
    if (isFresh && cacheMax >= KEYS_MAX) return [answer(old)];
    const mayBeKept = old !== undefined && (isFresh || startMs - old.atMs < staleMaxMs);
    const mustBeKept = mayBeKept && cacheMax >= KEYS_MAX && endMs - old.atMs < staleMaxMs;
    if (mayBeKept && !isFresh) this.#world.strikes.add('lookup_stale');
    return [
      ...(mayBeKept ? [answer(old)] : []),
      ...(!mustBeKept && whenDown === 'values' ? [{ ...WHEN_DOWN }] : []),
    ];
  }
}

/** More keys than events have. */
const KEYS_MAX = 100;

interface Span {
  readonly before: Known;
  readonly after: Known;
  readonly startMs: number;
  readonly endMs: number;
}

interface Watch {
  begin(): Known;
  waited(): void;
  end(before: Known, startMs: number, events: readonly Outcome[], outcomes: readonly Outcome[]): void;
}

class WatchedLookups extends Lookups {
  readonly #now: () => number;
  readonly #watch: Watch;

  constructor(pipeline: Pipeline, data: ReferenceData, now: () => number, watch: Watch) {
    super(pipeline, data, now);
    this.#now = now;
    this.#watch = watch;
  }

  override async enrich(...[events, isTimeUp]: Parameters<Lookups['enrich']>) {
    const before = this.#watch.begin();
    const startMs = this.#now();
    try {
      const enriched = await super.enrich(events, isTimeUp);
      this.#watch.end(
        before,
        startMs,
        events,
        enriched.map(({ outcome }) => outcome),
      );
      return enriched;
    } catch (error) {
      if (error instanceof DependencyError) this.#watch.waited();
      throw error;
    }
  }
}

function referenceOf({ event }: CheckedEvent): Reference {
  return { kind: event['ref_kind'], weight: event['ref_weight'] } as Reference;
}
