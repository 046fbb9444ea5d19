/** Why an event was set aside. Stored in dead-letter messages and used as a metric's name part: never renamed. */
export type RejectReason =
  | 'not_utf8' // bytes that are no text
  | 'not_json' // text that is no JSON
  | 'bad_compression' // a gzip, zstd or packed record that is damaged
  | 'no_zstd' // zstd, and the runtime can't undo it
  | 'bad_kpl' // a KPL-aggregated record that is damaged, empty, or within another
  | 'too_large' // beyond a size cap, compressed or not
  | 'schema' // JSON, but not what the pipeline's schema wants
  | 'event_id' // no id, where the pipeline wants one
  | 'event_time' // no time, or none that can be read
  | 'event_time_ahead' // further in the future than the pipeline's `maxAhead`
  | 'derive' // a `derive` of the pipeline's definition threw, or gave what is no plain value
  | 'lookup' // a key that the reference data does not have, where the pipeline rejects such events
  | 'group' // a group-by value that can't be a group
  | 'number' // a metric's input that is no finite number, or out of range
  | 'value' // a metric's input that is no string, number or boolean, or too long
  | 'user_code' // a function of the pipeline's definition threw
  | 'crashed'; // the function died on it, several times

/**
 * Says what was found, where, and what to do. Free of the event's own data, but for what a schema's validator quotes:
 * `detail` belongs beside the event in the dead-letter queue, and not into logs.
 */
export interface Rejection {
  readonly reason: RejectReason;
  readonly detail: string;
  /** The event's id, of an event that has one: a copy of it is a duplicate all the same. Of no use to anybody else. */
  readonly id?: string;
}
