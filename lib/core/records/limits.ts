/**
 * What one Kinesis record may hold. A record beyond these is rejected as a whole, with reason `too_large`: it comes
 * from outside, and the function that reads it has one fixed amount of memory for a whole batch.
 */
export const RECORD_LIMITS = {
  /**
   * Bytes of a record's JSON, decompressed. A record of 1 MiB may hold 1,000 times as much in gzip; parsed JSON takes
   * about ten times its text. 8 MiB is 40 times what our own producer packs, and leaves a batch within 1 GB.
   */
  decompressedBytesMax: 8 * 1024 * 1024,
  /** Events a record. Each is at least a row, a verdict and maybe a dead letter; 8 MiB of `0\n` would be 4,000,000. */
  eventsMax: 20_000,
  /**
   * Arrays and objects inside one another, the event itself being the first. `JSON.parse` takes any depth, but what
   * comes after it (validators, `JSON.stringify` of a dead letter) recurses and would end in a stack overflow.
   */
  nestingMax: 100,
} as const;
