import type { ListedShard } from './stream-state.ts';

/** Puts canaries into the stream. */
export interface Canaries {
  /** One into each of these shards. Rejects with a `DependencyError` where the stream does not take them. */
  put(shards: readonly ListedShard[]): Promise<void>;
}
