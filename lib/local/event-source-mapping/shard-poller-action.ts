/** What a poller must know of a record. Those of the embedded runtime and of the simulator carry more. */
export interface PolledRecord {
  readonly sequenceNumber: string;
  /** When the record reached the stream, in epoch milliseconds. */
  readonly arrivalMs: number;
  /** Bytes that the record adds to the invocation's JSON. */
  readonly payloadBytes: number;
}

/** Why a batch was given up, in the words of Lambda's message to the on-failure destination. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** A batch that the function will not get again. */
export interface DiscardedBatch<Polled> {
  readonly condition: DiscardCondition;
  readonly records: readonly Polled[];
  /** How often the function was invoked with these records, in batches of whatever size. */
  readonly invocations: number;
}

/**
 * What a poller wants done. `read`, `invoke` and `discard` are started, not waited for: their ends are told to the
 * poller by `recordsRead`, `invocationEnded` and `discardEnded`; meanwhile `next` may be asked for more.
 */
export type ShardPollerAction<Polled> =
  /** Read at most `recordsMax` records behind `after`; from the shard's oldest record without one. */
  | { readonly type: 'read'; readonly after: string | undefined; readonly recordsMax: number }
  | { readonly type: 'invoke'; readonly records: readonly Polled[] }
  /** Tell the on-failure destination, where there is one. */
  | ({ readonly type: 'discard' } & DiscardedBatch<Polled>)
  /** Everything up to this record is processed: keep it, a restart goes on from there. */
  | { readonly type: 'checkpoint'; readonly sequenceNumber: string }
  /** Ask again at `untilMs`, or when something that was started has ended, whatever is first. */
  | { readonly type: 'wait'; readonly untilMs: number | undefined }
  /** The shard is closed and everything in it is processed; final. */
  | { readonly type: 'finished' };

/** A read's result. */
export interface ShardRead<Polled> {
  /** In stream order. */
  readonly records: readonly Polled[];
  /** 0 when there was nothing newer at the time of the read. */
  readonly millisBehindLatest: number;
  /** The shard is closed, and there is nothing behind these records. */
  readonly endOfShard: boolean;
}

/** How an invocation went. */
export type InvocationOutcome =
  | { readonly type: 'response'; readonly response: unknown }
  /** The function threw, ran out of time or died. */
  | { readonly type: 'failed' }
  /** The function did not get the records: uses up no retry. */
  | { readonly type: 'not_invoked' };

/** What became of a discarded batch. */
export type DiscardOutcome = 'delivered' | 'not_delivered' | 'no_destination';
