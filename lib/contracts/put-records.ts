/** What Kinesis takes in one PutRecords call, and how it bills records. */
export const PUT_RECORDS = {
  recordsMax: 500,
  /** Data and partition keys of all records of a call. AWS takes 10 MiB by now, emulators and older regions 5. */
  callBytesMax: 5 * 1024 * 1024,
  /** A record's data and partition key. More has to be switched on for a stream. */
  recordBytesMax: 1024 * 1024,
  /** A record is billed by units of 25 KB. 25,000, and key included: within a unit by any reading of "KB". */
  billedUnitBytes: 25_000,
} as const;
