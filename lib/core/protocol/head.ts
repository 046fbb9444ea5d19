import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import { type Load, NO_LOAD } from '#core/degradation/ladder.ts';
import type { SeenIds } from '#core/duplicates/seen-ids.ts';
import type { BlockKey } from './block.ts';
import { EMPTY_LEDGER, type Ledger } from './ledger.ts';
import { BEFORE_ALL, type Position } from './position.ts';

/** What commits have added to a window and no block holds yet. */
export interface PendingDelta {
  readonly key: BlockKey;
  /** The last instant of the window, exclusive: whether it is over can be told without its definition. */
  readonly windowEnd: EpochMs;
  /** Groups kept apart in the window's block. Here, since folding is done without the definition. */
  readonly groupsMax: number;
  /** How long its block is kept after it was written last, in milliseconds; `null`: for good. */
  readonly keepMs: number | null;
  /** Groups and states; see `block-codec.ts`. */
  readonly bytes: Uint8Array;
  /** What carrying it in the head has cost so far: the sum of its size over the commits that wrote it again. */
  readonly carriedBytes: number;
  /**
   * Whether the next commit may leave it out, because it was folded first. Decided by a commit and stored, so that
   * a retry or another deployment folds the same.
   */
  readonly fold: boolean;
}

/** What the function is about to do for the nth time, without having come back from it. */
export interface Suspect {
  readonly sequence: SequenceNumber;
  /** The event's place in its record; `null` while the record is decoded, or taken as a whole. */
  readonly event: number | null;
  /** 0 where it is only to be begun: the events before it were taken one by one, and so will it. */
  readonly attempts: number;
}

/** Of all events that were counted: the latest event time (no later than its arrival), and when that event arrived. */
export interface NewestEvent {
  readonly time: EpochMs;
  readonly arrival: EpochMs;
}

/** The newest canary that was counted; see `canary-record.ts`. */
export interface CanarySeen {
  /** By the stream's clock. */
  readonly arrival: EpochMs;
  /** When the commit was made in which it counts, by the clock of whoever made it. */
  readonly counted: EpochMs;
}

/** A hole that no item holds yet. */
export interface PendingHole extends Hole {
  /**
   * Whether the next commit may leave it out, because it was stored first, together with all others of which that is
   * said. Decided by a commit and stored, so that whoever comes next stores the same.
   */
  readonly store: boolean;
}

/** Rejections of events on which the function died, within one hour. */
export interface CrashCount {
  readonly since: EpochMs;
  readonly count: number;
}

/**
 * The one item that a shard owns. Whoever writes it adds one to `rev`, on the condition that `rev` is still what was
 * read; so a batch counts entirely or not at all.
 */
export interface Head {
  /** 0 where none is stored yet. */
  readonly rev: number;
  /** Goes up whenever `pending` gains anything; blocks are fenced by it. */
  readonly n: number;
  readonly position: Position;
  readonly ledger: Ledger;
  /**
   * The greatest event time seen, less the allowed lateness; or what closing raised it to, where the shard was idle.
   * Windows that end by then are closed, for this shard. `null` before the first event. Never goes back.
   */
  readonly watermark: EpochMs | null;
  readonly pending: readonly PendingDelta[];
  /** The size of each aggregate's last folded block, in bytes: what a fold will cost. */
  readonly blockBytes: ReadonlyMap<string, number>;
  readonly suspect: Suspect | null;
  readonly crashes: CrashCount | null;
  readonly newest: NewestEvent | null;
  readonly canary: CanarySeen | null;
  /** The latest end of a window that it has added to on time: until that is final, the registry names the shard. */
  readonly lastEnd: EpochMs | null;
  /** How much of the events is left out, and why. */
  readonly load: Load;
  /** What commits have left out that no item holds yet, in the order of the stream. */
  readonly holes: readonly PendingHole[];
  /** Where the last of all holes ends; `null`: there never was one. */
  readonly lastHole: Position | null;
  /** The shard is closed and everything in it is counted: it holds up no watermark any more. */
  readonly ended: boolean;
  /** By which duplicates are told; `null` where the pipeline does not, or nothing was counted since it does. */
  readonly seen: SeenIds | null;
}

export const EMPTY_HEAD: Head = {
  rev: 0,
  n: 0,
  position: BEFORE_ALL,
  ledger: EMPTY_LEDGER,
  watermark: null,
  pending: [],
  blockBytes: new Map(),
  suspect: null,
  crashes: null,
  newest: null,
  canary: null,
  lastEnd: null,
  load: NO_LOAD,
  holes: [],
  lastHole: null,
  ended: false,
  seen: null,
};

/** The size of what a head has pending, in bytes, about as it is stored. */
export function pendingBytes(pending: readonly PendingDelta[]): number {
  return pending.reduce((sum, delta) => sum + storedDeltaBytes(delta), 0);
}

/** A delta's size in the head's item: its bytes, its key and what surrounds them. */
export function storedDeltaBytes(delta: PendingDelta): number {
  return delta.bytes.length + delta.key.aggregate.length + delta.key.generation.length + 48;
}

/** The size of the holes that a head has, in bytes, about as they are stored. */
export function holeBytes(holes: readonly Hole[]): number {
  return holes.reduce((sum, hole) => sum + hole.bytes.length + HOLE_BYTES_BESIDE, 0);
}

/** Two sequence numbers of 56 digits, and some numbers. */
const HOLE_BYTES_BESIDE = 200;
