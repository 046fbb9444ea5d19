import type { GroupValue, LookedUp, Lookup } from '#core/pipeline/pipeline.ts';

/** Longest text that is taken from reference data, in UTF-16 units: values to group by are no longer either. */
const TEXT_UNITS_MAX = 1024;

/** An entry of a reference table: its attributes that are plain values, those that were asked for. */
export type ReferenceEntry = Readonly<Record<string, unknown>>;

export interface EntryValues {
  /** By the names that events have them by. */
  readonly values: LookedUp;
  /** Whether the entry has all fields, each of its type or null. */
  readonly isWhole: boolean;
}

/**
 * What events get of an entry. A field that the entry does not have, or has as something else than the definition
 * says, is as `whenMissing` has it, or null.
 */
export function lookedUpFrom(lookup: Lookup, entry: ReferenceEntry): EntryValues {
  const missing = lookup.whenMissing === 'reject' ? {} : lookup.whenMissing;
  const values: Record<string, GroupValue> = {};
  let isWhole = true;
  for (const { attribute, name, type } of lookup.fields) {
    const value = Object.hasOwn(entry, attribute) ? entry[attribute] : undefined;
    const fits = value === null || (typeof value === type && !isBeyond(value));
    values[name] = fits ? (value as GroupValue) : (missing[name] ?? null);
    isWhole &&= fits;
  }
  return { values, isWhole };
}

function isBeyond(value: unknown): boolean {
  if (typeof value === 'string') return value.length > TEXT_UNITS_MAX;
  return typeof value === 'number' && !Number.isFinite(value);
}
