import type { ReferenceEntry } from '#core/enrich/looked-up.ts';

/** Keys of one call, at most: what DynamoDB takes in a BatchGetItem. */
export const REFERENCE_KEYS_MAX = 100;

/** Which attributes of which table are wanted. */
export interface ReferenceSource {
  /** As the definition calls it. */
  readonly table: string;
  /** Name of its partition key. */
  readonly tableKey: string;
  readonly attributes: readonly string[];
}

/** Tables of reference data. */
export interface ReferenceData {
  /**
   * The entries under these keys, each of which is given once; a key without an entry is not in the result. Reads may
   * be a moment behind writes. Rejects with a `DependencyError` unless all keys are answered, within seconds.
   */
  get(source: ReferenceSource, keys: readonly string[]): Promise<ReadonlyMap<string, ReferenceEntry>>;
}
