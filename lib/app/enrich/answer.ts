import { type EntryValues, lookedUpFrom, type ReferenceEntry } from '#core/enrich/looked-up.ts';
import type { LookedUp, Lookup } from '#core/pipeline/pipeline.ts';

/** What an event gets of one lookup. */
export interface Answer {
  /** `undefined`: the event is to be rejected. */
  readonly values: LookedUp | undefined;
  /** Whether it is anything but what the table has, or had a short while ago. */
  readonly note: 'missing' | 'stale' | 'degraded' | undefined;
}

/** Lookups of committed events, by what was notable about their answers. */
export interface LookupCounts {
  /** No entry, or an entry that lacks a field. */
  readonly missing: number;
  /** Answered from memory beyond the `ttl`, as the table could not be read. */
  readonly stale: number;
  /** Answered by `whenDown`, as the table could not be read. */
  readonly degraded: number;
}

export const NO_LOOKUPS: LookupCounts = { missing: 0, stale: 0, degraded: 0 };

export function addLookupCounts(a: LookupCounts, b: LookupCounts): LookupCounts {
  return {
    missing: a.missing + b.missing,
    stale: a.stale + b.stale,
    degraded: a.degraded + b.degraded,
  };
}

export function countLookup(counts: LookupCounts, { note }: Answer): LookupCounts {
  return note === undefined ? counts : { ...counts, [note]: counts[note] + 1 };
}

/** Of an entry, or of none. */
export function answerOf(lookup: Lookup, entry: ReferenceEntry | undefined): Answer {
  if (entry === undefined) {
    return { values: lookup.whenMissing === 'reject' ? undefined : lookup.whenMissing, note: 'missing' };
  }
  const { values, isWhole }: EntryValues = lookedUpFrom(lookup, entry);
  return { values, note: isWhole ? undefined : 'missing' };
}
