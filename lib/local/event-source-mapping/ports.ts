import type { ListedShard } from './shard-lineage.ts';
import type { InvocationOutcome, PolledRecord, ShardRead } from './shard-poller-action.ts';

/** A record as the mapping carries it: its part of the event, made once and used again with each retry. */
export interface StreamRecord extends PolledRecord {
  /** One element of `Records`, as JSON. */
  readonly json: string;
}

/** Reads one shard. Not called again before it has answered. */
export interface ShardReader {
  /**
   * At most `recordsMax` records behind `after`, from the shard's oldest record without one.
   * `closed` says that nothing is put into the shard any more. Rejects when the read should be repeated later.
   */
  read(after: string | undefined, recordsMax: number, closed: boolean): Promise<ShardRead<StreamRecord>>;
}

/** The stream that a mapping reads. */
export interface StreamReader {
  listShards(): Promise<readonly ListedShard[]>;
  shard(shardId: string): ShardReader;
}

/** How an invocation ended, and which it was. */
export interface EndedInvocation {
  readonly requestId: string;
  readonly outcome: InvocationOutcome;
  /** What the function has published meanwhile, in embedded metric format; where that is known. */
  readonly metrics?: readonly object[];
}

/** Gives an event, as JSON, to the function. Never rejects: what goes wrong is an outcome. */
export type InvokeFunction = (eventJson: string) => Promise<EndedInvocation>;

/** Sends a message, as JSON, to the on-failure destination. Rejects when it could not. */
export type SendToDestination = (message: string) => Promise<void>;

/** Real time or a virtual one. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Calls back once; the returned function calls that off. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
