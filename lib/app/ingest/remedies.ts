import type { RejectReason } from '#core/rejection.ts';
import type { UndeliveredReason } from './outcome.ts';

/** What to do about an event that was rejected. */
export const REJECT_REMEDIES: Readonly<Record<RejectReason, string>> = {
  not_utf8: 'send it in UTF-8',
  not_json: 'send one JSON value a line',
  bad_compression: 'compress the body again',
  no_zstd: 'send JSON, plain or compressed with gzip',
  bad_kpl: 'send JSON, without the aggregation of the Kinesis Producer Library',
  too_large: 'store what is large elsewhere, and send its key',
  schema: "send it as the pipeline's schema wants it",
  event_id: "send the event with its id, as the pipeline's eventId reads it",
  event_time: 'send the time of the event as ISO 8601 or as epoch milliseconds, as the pipeline reads it',
  event_time_ahead: "set the sender's clock, or send the event when its time has come",
  derive: 'send what the pipeline derives fields from, or have its definition changed',
  lookup: 'add the entry to the reference data, or send a key that is in it',
  group: 'send a text, a number, a boolean or null in fields that are grouped by',
  number: 'send a finite number within the range, or null',
  value: 'send a text, a number, a boolean or null that is not too long',
  user_code: "have the pipeline's definition changed: it can not judge this event",
  crashed: 'send it to the owner of the pipeline',
};

/** What kept events from the stream, and what to do. */
export const UNDELIVERED: Readonly<Record<UndeliveredReason, { what: string; remedy: string }>> = {
  busy: { what: 'too many events are under way here', remedy: 'send it again' },
  throttled: { what: 'the stream is at its limit', remedy: 'send it again' },
  unavailable: {
    what: 'the stream gave no answer, or is in trouble; the event may be in it all the same',
    remedy: 'send it again',
  },
  refused: {
    what: 'the stream refuses what is put',
    remedy: 'tell the owner of the pipeline, and send it again later',
  },
};
