/** As much of an element of `Records` as is looked at here. */
export interface BatchRecord {
  readonly kinesis: { readonly sequenceNumber: string; readonly data: string };
  /** The shard's id, a colon, and the sequence number. */
  readonly eventID: string;
}

/** The records of an invocation's event. */
export function batchRecords(json: string): readonly BatchRecord[] {
  return (JSON.parse(json) as { readonly Records: readonly BatchRecord[] }).Records;
}

/** An event of these records. */
export function eventOf(records: readonly BatchRecord[]): string {
  return JSON.stringify({ Records: records });
}

/** The shard that a batch is of; a batch is of one. */
export function shardOf([first]: readonly BatchRecord[]): string {
  return first?.eventID.split(':')[0] ?? '';
}
