import { canBeKey } from '#core/enrich/reference-key.ts';
import type { Lookup } from '#core/pipeline/pipeline.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { MemoryCache } from '../ports/memory-cache.ts';
import { REFERENCE_KEYS_MAX, type ReferenceData, type ReferenceSource } from '../ports/reference-data.ts';
import { type Answer, answerOf } from './answer.ts';
import { EntryCache } from './entry-cache.ts';

/** Calls under way at a time, for one lookup. */
const CALLS_AT_A_TIME = 4;
/** How long a table that failed is left alone where there is another answer: each try may take seconds. */
const DOWN_MS = 10_000;

/**
 * Answers one lookup's keys: from memory, else from the table, else, where that is slow or down, as the definition
 * says. Lives as long as the execution environment.
 */
export class LookupSource {
  /** For an event without a key. */
  readonly noKey: Answer;
  readonly #lookup: Lookup;
  readonly #source: ReferenceSource;
  readonly #data: ReferenceData;
  readonly #now: () => number;
  readonly #cache: EntryCache;
  readonly #underWay = new Map<string, Promise<ReadonlyMap<string, Answer>>>();
  #isDownUntil = Number.NEGATIVE_INFINITY;

  /** @param now epoch milliseconds */
  constructor(lookup: Lookup, data: ReferenceData, now: () => number) {
    this.noKey = answerOf(lookup, undefined);
    this.#lookup = lookup;
    this.#source = {
      table: lookup.table,
      tableKey: lookup.tableKey,
      attributes: lookup.fields.map(({ attribute }) => attribute),
    };
    this.#data = data;
    this.#now = now;
    this.#cache = new EntryCache(lookup);
  }

  get cache(): MemoryCache {
    return this.#cache;
  }

  /**
   * An answer for each key. Rejects with a `DependencyError` where the table can't be read, or time runs out, and
   * there is no other answer for one of them.
   */
  async answers(keys: Iterable<string>, isTimeUp: () => boolean): Promise<ReadonlyMap<string, Answer>> {
    const answers = new Map<string, Answer>();
    const unknown: string[] = [];
    const now = this.#now();
    for (const key of keys) {
      const answer = this.#cache.fresh(key, now) ?? (canBeKey(key) ? undefined : this.noKey);
      if (answer === undefined) unknown.push(key);
      else answers.set(key, answer);
    }
    if (unknown.length > 0) await this.#answer(unknown, answers, isTimeUp);
    return answers;
  }

  /** Whether a call has failed a short while ago. */
  get #isDown(): boolean {
    return this.#now() < this.#isDownUntil;
  }

  async #answer(keys: readonly string[], answers: Map<string, Answer>, isTimeUp: () => boolean) {
    const asked = this.#isDown ? this.#substituteSome(keys, answers) : keys;
    let failure: DependencyError | undefined;
    let hasAsked = false;
    let wasTimeUp = false;
    await forEach(inGroups(asked, REFERENCE_KEYS_MAX), CALLS_AT_A_TIME, async (group) => {
      const isUp = isTimeUp();
      if (!hasAsked) wasTimeUp = isUp;
      // One call is made in any case: else a batch that is slow for other reasons would never get on.
      else if (failure === undefined && isUp) failure = this.#outOfTime();
      // The others would most likely fail too, and each may take seconds.
      if (failure !== undefined) return;
      hasAsked = true;
      try {
        for (const [key, answer] of await this.#read(group)) answers.set(key, answer);
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        failure = error;
        this.#isDownUntil = this.#now() + DOWN_MS;
      }
    });
    // The time went elsewhere, and says nothing of the table: whoever has more of it is to ask.
    if (failure !== undefined && wasTimeUp && !this.#isDown) throw failure;
    for (const key of keys) {
      if (answers.has(key)) continue;
      const substitute = this.#substitute(key);
      if (substitute !== undefined) answers.set(key, substitute);
      else if (failure !== undefined) throw failure;
    }
  }

  /**
   * Answers those keys that can be while the table is left alone, and gives the others. Before anything is read: what is
   * read takes the place of others in memory.
   */
  #substituteSome(keys: readonly string[], answers: Map<string, Answer>): string[] {
    return keys.filter((key) => {
      const substitute = this.#substitute(key);
      if (substitute !== undefined) answers.set(key, substitute);
      return substitute === undefined;
    });
  }

  /** What a key gets while the table can't be read; `undefined`: it has to wait. */
  #substitute(key: string): Answer | undefined {
    const stale = this.#cache.stale(key, this.#now());
    if (stale !== undefined) return stale;
    const { whenDown } = this.#lookup;
    return whenDown === 'wait' ? undefined : { values: whenDown, note: 'degraded' };
  }

  /** Reads keys, at most one call's; those that somebody is reading already are waited for. */
  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Answer>> {
    const calls = new Set<Promise<ReadonlyMap<string, Answer>>>();
    const own: string[] = [];
    for (const key of keys) {
      const underWay = this.#underWay.get(key);
      if (underWay === undefined) own.push(key);
      else calls.add(underWay);
    }
    if (own.length > 0) {
      const call = this.#ask(own);
      for (const key of own) this.#underWay.set(key, call);
      calls.add(call);
    }
    const found = await Promise.all(calls);
    const answers = new Map<string, Answer>();
    for (const key of keys) {
      for (const each of found) {
        const answer = each.get(key);
        if (answer !== undefined) answers.set(key, answer);
      }
    }
    return answers;
  }

  async #ask(keys: readonly string[]): Promise<ReadonlyMap<string, Answer>> {
    // What is read is at least as new as the call's beginning.
    const readAt = this.#now();
    try {
      const entries = await this.#data.get(this.#source, keys);
      this.#isDownUntil = Number.NEGATIVE_INFINITY;
      const answers = new Map<string, Answer>();
      for (const key of keys) {
        const entry = entries.get(key);
        const answer = answerOf(this.#lookup, entry);
        this.#cache.keep(key, answer, entry !== undefined, readAt);
        answers.set(key, answer);
      }
      return answers;
    } finally {
      for (const key of keys) this.#underWay.delete(key);
    }
  }

  #outOfTime(): DependencyError {
    const what = `${this.#lookup.table}: the time of the invocation was nearly up before all keys were read`;
    return new DependencyError('reference_data', 'unavailable', what);
  }
}

function inGroups<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** Does the work for all items, for so many at a time. */
async function forEach<Item>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  // The workers share it: each item is taken by one of them.
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
}
