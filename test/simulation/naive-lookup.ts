import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import type { GroupValue } from '#core/pipeline/pipeline.ts';
import type { LookupsPlan } from './draw-lookups.ts';

/** What an event gets of the reference table, by the names that the table has for it. */
export interface Reference {
  readonly kind: GroupValue;
  readonly weight: GroupValue;
}

/** In the definition of the pipeline as well. */
export const WHEN_MISSING = { kind: 'missing' } as const;
export const WHEN_DOWN = { kind: 'down', weight: 7 } as const;
/** That there is no entry is believed so long at most. */
export const NO_ENTRY_MS_MAX = 60_000;
/** A table that failed is left alone so long where there is another answer. */
export const LEFT_ALONE_MS = 10_000;

/** The text that a key is looked up by; `undefined`: it is none, and has no entry. */
export function naiveKey(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** What an event gets of an entry, or of none; `undefined`: it is invalid. */
export function naiveReference(
  { whenMissing }: Pick<LookupsPlan, 'whenMissing'>,
  entry: ReferenceEntry | undefined,
): Reference | undefined {
  const missing = whenMissing === 'values' ? { ...WHEN_MISSING, weight: null } : { kind: null, weight: null };
  if (entry === undefined) return whenMissing === 'reject' ? undefined : missing;
  const { kind, weight } = entry;
  return {
    kind: typeof kind === 'string' || kind === null ? kind : missing.kind,
    weight: typeof weight === 'number' || weight === null ? weight : missing.weight,
  };
}

export function referenceText(reference: Reference | undefined): string {
  return reference === undefined ? 'invalid' : JSON.stringify([reference.kind, reference.weight]);
}
