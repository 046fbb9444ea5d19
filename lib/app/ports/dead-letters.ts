import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Rejection } from '#core/rejection.ts';

/** A rejected event as it is kept: what it was, where it stood, and why it was rejected. */
export interface DeadLetter {
  readonly pipeline: string;
  readonly shard: ShardKey;
  readonly sequence: SequenceNumber;
  /** The event's place in its record; `null` where the record as a whole was rejected. */
  readonly event: number | null;
  readonly arrival: EpochMs;
  readonly rejection: Rejection;
  /** The event as it came: text where it is text, else the record's bytes. */
  readonly payload: string | Uint8Array;
}

/** Keeps rejected events. Rejects with a `DependencyError` unless all are kept; sending one twice does no harm. */
export interface DeadLetters {
  send(letters: readonly DeadLetter[]): Promise<void>;
}
