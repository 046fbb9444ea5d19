/** How Lambda reads the stream: one place for the embedded runtime and for what is deployed. */
export interface EventSourceSettings {
  /** Records an invocation gets at most, 1 to 10,000. The payload cap of 6 MB usually binds first. */
  readonly batchSize: number;
  /** How long a batch is gathered when the stream is slow, 0 to 300 s. */
  readonly maxBatchingWindowSeconds: number;
  /** Invocations a shard at a time. 1: the order within a shard is what lateness is decided by. */
  readonly parallelizationFactor: 1;
  /** After an error, try the two halves by themselves: a record that crashes the function gets alone. */
  readonly bisectBatchOnError: boolean;
  /** The function names the first record that did not count; everything before it is done. */
  readonly reportBatchItemFailures: boolean;
  /** −1: until the record leaves the stream. Data is never given up for having failed. */
  readonly retryAttempts: number;
  /** −1: unlimited. */
  readonly maxRecordAgeSeconds: number;
  /** LATEST would lose what is put while a mapping is made or changed. */
  readonly startingPosition: 'TRIM_HORIZON';
}

export const EVENT_SOURCE: EventSourceSettings = {
  batchSize: 10_000,
  maxBatchingWindowSeconds: 1,
  parallelizationFactor: 1,
  bisectBatchOnError: true,
  reportBatchItemFailures: true,
  retryAttempts: -1,
  maxRecordAgeSeconds: -1,
  startingPosition: 'TRIM_HORIZON',
};

/** An invocation's payload, as JSON with base64 data: Lambda's limit for synchronous invocations. */
export const INVOCATION_PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
