import type { WindowStart } from '#core/brand.ts';

/** Which window of which aggregate, within one shard; blocks and the deltas for them have the same. */
export interface BlockKey {
  readonly aggregate: string;
  readonly generation: string;
  readonly windowStart: WindowStart;
  /** Of what came after the shard had closed the window: kept apart, so that a final is what was on time. */
  readonly late?: true;
}

/** A block's key as text, for maps and lists. */
export function blockKeyText(key: BlockKey): string {
  return `${key.aggregate}|${key.generation}|${key.windowStart}${key.late ? '|late' : ''}`;
}

/** The stored state of one window of one aggregate from one shard, all its groups together. */
export interface Block {
  readonly key: BlockKey;
  /** The head's `n` when it was folded last: deltas of a head with no greater `n` are already in it. */
  readonly n: number;
  /** Groups and states; see `block-codec.ts`. */
  readonly bytes: Uint8Array;
}
