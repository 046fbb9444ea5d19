/** What a read should bring at most; Kinesis itself stops at 10 MB, the emulators do not. */
const READ_BYTES_MAX = 6_000_000;
/** Bounds a read whose records turn out much larger than those before. */
const READ_RECORDS_MAX = 2000;
const FIRST_READ_RECORDS = 200;

/**
 * How many records to ask for, so that a read brings about `READ_BYTES_MAX` of data.
 *
 * @param last the last read that brought any
 */
export function readLimit(last: { readonly records: number; readonly bytes: number } | undefined): number {
  if (last === undefined) return FIRST_READ_RECORDS;
  const averageBytes = Math.max(1, last.bytes / last.records);
  return Math.min(READ_RECORDS_MAX, Math.max(1, Math.floor(READ_BYTES_MAX / averageBytes)));
}
