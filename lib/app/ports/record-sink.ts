/** A record to be put on a stream. */
export interface SinkRecord {
  /** Decides the shard. Kept over retries, so that it also tells a record that was put twice. */
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** What became of one record. */
export type PutResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The service's name for it, e.g. `ProvisionedThroughputExceededException`. */
      readonly code: string;
      /** What was found, and what to do where it won't pass by itself. */
      readonly message: string;
      /** Whether trying again can help. */
      readonly retryable: boolean;
      /** The stream was not even asked, as it is in trouble; it will be again after so long. */
      readonly retryAfterMs?: number;
    };

/** Puts records on a stream. */
export interface RecordSink {
  /**
   * One call, of at most `PUT_RECORDS.recordsMax` records and `PUT_RECORDS.callBytesMax` bytes. Resolves to one
   * result a record, in their order, whatever the service did; rejects only for a bug.
   */
  put(records: readonly SinkRecord[]): Promise<readonly PutResult[]>;
  /** Lets go of connections. The producer calls it once, when it is closed. */
  close?(): void;
}
