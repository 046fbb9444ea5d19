import type { Rejection } from '#core/rejection.ts';

/** One event of a record, in the record's order: its place in that order is part of its position. */
export type DecodedEvent = (GoodEvent | BadEvent) & {
  /** What its producer sends again to another shard; see `kpl-copies.ts`. */
  readonly isCopy?: true;
};

interface GoodEvent {
  readonly ok: true;
  readonly value: unknown;
  readonly whole?: WholeRecord;
  /** No event at all: see `canary-record.ts`. */
  readonly isCanary?: true;
}

interface BadEvent {
  readonly ok: false;
  readonly rejection: Rejection;
  /** The event as it came: text where it is text, else the record's bytes. */
  readonly payload: string | Uint8Array;
}

/** Of an event in a record whose producer vouches that no other record has its events; see `packed-columns.ts`. */
export interface WholeRecord {
  /** The record's, which a copy of it has too. */
  readonly id: string;
  /** Whether the event is the record's last. */
  readonly isLast: boolean;
}

/** What decoding needs of its surroundings. The functions are synchronous. */
export interface RecordTools {
  /** Undoes gzip. Throws `RangeError` when the result would have more than `maxBytes`, another error when damaged. */
  gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array;
  /**
   * Undoes one frame of zstd, which is cut off nowhere; throws as `gunzip` does. `undefined` where the runtime can't:
   * a record must always give the same events, so that is a matter of the runtime, not of the moment.
   */
  readonly unzstd: ((frame: Uint8Array, maxBytes: number) => Uint8Array) | undefined;
  /** The 16 bytes of MD5. */
  md5(bytes: Uint8Array): Uint8Array;
  /** UTF-8 to text; `undefined` when the bytes are no UTF-8. */
  text(bytes: Uint8Array): string | undefined;
}
