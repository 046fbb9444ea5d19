import type { PutResult, SinkRecord } from '../ports/record-sink.ts';

/** A record on its way to the stream. */
export interface OutgoingRecord extends SinkRecord {
  /** Events it carries; a raw record counts as one. */
  readonly events: number;
}

export type PutFailure = Extract<PutResult, { ok: false }>;

export interface UndeliveredRecord extends OutgoingRecord {
  readonly failure: PutFailure;
}

/**
 * Records that the stream did not take. They are handed over with this error and no longer held: put their `data`
 * again with `putRaw`, or store it.
 */
export class UndeliveredError extends Error {
  override readonly name = 'UndeliveredError';
  readonly records: readonly UndeliveredRecord[];
  /** Events in all `records`. */
  readonly events: number;

  constructor(records: readonly UndeliveredRecord[]) {
    const events = records.reduce((sum, record) => sum + record.events, 0);
    const failure = records[0]?.failure;
    super(
      `${events} events in ${records.length} records were not delivered: ${failure?.code}: ${failure?.message} ` +
        `The records are in this error's "records": put their data again with putRaw, or store it.`,
    );
    this.records = records;
    this.events = events;
  }
}

/** An event that no record can take. Nothing of it was sent. */
export class OversizeError extends RangeError {
  override readonly name = 'OversizeError';
  /** Its bytes as a record by itself, compressed, or its JSON's where that alone is too much. */
  readonly bytes: number;

  constructor(bytes: number, bytesMax: number) {
    super(
      `an event of ${bytes} bytes does not fit into a record of at most ${bytesMax}: ` +
        'store what is large elsewhere and send its key, or set onOversize',
    );
    this.bytes = bytes;
  }
}
