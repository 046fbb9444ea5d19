import type { WindowStart } from '#core/brand.ts';

/** Which window of which aggregate, over all shards, at which level. */
export interface FinalKey {
  readonly aggregate: string;
  readonly generation: string;
  /** Size of the level's windows, in milliseconds. */
  readonly levelMs: number;
  readonly windowStart: WindowStart;
}

/** The value of a closed window: all that came on time, merged over the shards. Written once, and never changed. */
export interface Final {
  readonly key: FinalKey;
  /** Groups and states; see `block-codec.ts`. */
  readonly bytes: Uint8Array;
}
