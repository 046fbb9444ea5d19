/**
 * Branded primitives: a plain value at run time, a type of its own to the compiler, so that a shard id can't be
 * passed where a sequence number is meant. Each is made in one place, where its value is checked.
 */
declare const brand: unique symbol;
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, 'EpochMs'>;
/** A length of time in milliseconds, more than 0. */
export type DurationMs = Brand<number, 'DurationMs'>;
/** The first instant of a window, in epoch milliseconds; a multiple of the window's size. */
export type WindowStart = Brand<number, 'WindowStart'>;
/** One combination of the group-by fields' values, as text; see `group-key.ts`. */
export type GroupKey = Brand<string, 'GroupKey'>;
/** A Kinesis shard's id, e.g. `shardId-000000000000`. */
export type ShardId = Brand<string, 'ShardId'>;
/** A Kinesis sequence number: 1 to 129 decimal digits without leading zeros. Compare with `compareSequence`, never as numbers. */
export type SequenceNumber = Brand<string, 'SequenceNumber'>;
/** A stream's identity: its name and creation time, since a stream that is made again reuses shard ids. */
export type StreamId = Brand<string, 'StreamId'>;
/** A place in a stream's hash key space, 0 to 2^128 - 1: 32 hexadecimal digits, so that text sorts as numbers do. */
export type HashPosition = Brand<string, 'HashPosition'>;
