/** Settings of the function `scale` that the runtime and the infrastructure share. */
export const SCALE_FUNCTION = {
  /** A move takes Kinesis half a minute; a run makes several, one after the other. */
  timeoutSeconds: 300,
  memoryMegabytes: 512,
  /** The shortest period that schedules have. */
  everyMinutes: 1,
} as const;

/** Kinesis Data Streams Developer Guide, "Quotas and limits": what a shard takes in a second. */
export const SHARD_CAPACITY = { bytesPerSecond: 1_000_000, recordsPerSecond: 1000 } as const;
