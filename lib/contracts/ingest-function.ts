/** Settings of the function `ingest` that the runtime and the infrastructure share. */
export const INGEST_FUNCTION = {
  /** More than all attempts at putting take, less than the 29 s after which API Gateway no longer waits. */
  timeoutSeconds: 25,
  /** A third of a processor: a request of 500 events needs 20 ms of a whole one, and 100 ms where they are 1 MB. */
  memoryMegabytes: 512,
} as const;

/** What one request may hold. */
export const INGEST_LIMITS = {
  eventsMax: 500,
  /** Bytes of the body, as it is sent and decompressed. */
  bodyBytesMax: 1024 * 1024,
} as const;

/** Types of a body that are taken, in small letters. */
export const INGEST_MEDIA_TYPES = ['application/json', 'application/x-ndjson'] as const;
