import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { SchemaIssue } from '#core/pipeline/standard-schema.ts';
import type { Rejection, RejectReason } from '#core/rejection.ts';
import { formatDuration } from '#core/time/duration.ts';
import { parseEventTime } from '#core/time/parse-event-time.ts';
import { deriveFields } from './derive-fields.ts';
import { eventIdOf } from './event-id.ts';

/** An event that the schema let through, with what is derived from it, and when it happened. */
export interface CheckedEvent {
  readonly event: Readonly<Record<string, unknown>>;
  readonly time: EpochMs;
  /** Of a pipeline that tells duplicates by it. */
  readonly id?: string;
}

/** How many of a schema's complaints are told. */
const ISSUES_MAX = 3;

/**
 * Judges one event by its pipeline: the schema, the id, the event time, what is derived. `arrival` is when the stream
 * took the event in: a time further ahead of it than `maxAhead` is invalid, since one event dated 2099 would make all
 * others late.
 */
export function checkEvent(pipeline: Pipeline, value: unknown, arrival: EpochMs): CheckedEvent | Rejection {
  let result: ReturnType<Pipeline['schema']['~standard']['validate']>;
  try {
    result = pipeline.schema['~standard'].validate(value);
  } catch (error) {
    return withId(userCodeRejection('the schema', error), eventIdOf(pipeline, value));
  }
  if ('then' in result) {
    throw new TypeError(
      `the schema of pipeline '${pipeline.name}' is asynchronous; use checks that need no promise`,
    );
  }
  if (result.issues !== undefined) {
    return withId(reject('schema', describeIssues(result.issues)), eventIdOf(pipeline, value));
  }
  if (typeof result.value !== 'object' || result.value === null) {
    return reject('schema', 'the schema lets through what is no object; declare one, e.g. z.object({ … })');
  }
  const checked = checkValid(pipeline, result.value, arrival);
  if (pipeline.duplicates?.eventId === undefined) return checked;
  const id = eventIdOf(pipeline, result.value);
  if (id === undefined) {
    return reject('event_id', 'eventId gave no id: a string that is not empty, or a finite number');
  }
  return { ...checked, id };
}

/** Judges what the schema let through. */
function checkValid(pipeline: Pipeline, value: object, arrival: EpochMs): CheckedEvent | Rejection {
  let time: EpochMs | string;
  try {
    time = parseEventTime(pipeline.eventTime(value as never, arrival));
  } catch (error) {
    return userCodeRejection('eventTime', error);
  }
  if (typeof time === 'string') return reject('event_time', time);
  if (time > arrival + pipeline.maxAheadMs) {
    const ahead = formatDuration(pipeline.maxAheadMs);
    return reject(
      'event_time_ahead',
      `the event time is more than ${ahead} (maxAhead) after the event's arrival`,
    );
  }
  if (pipeline.derive.length === 0) return { event: value as Record<string, unknown>, time };
  // A copy: the schema may have let through the very object that a dead letter is to show as it came.
  const event: Record<string, unknown> = { ...value };
  return deriveFields(pipeline.derive, value, event) ?? { event, time };
}

/** Of an event that the schema does not let through, the id is that of the event as it came. */
function withId(rejection: Rejection, id: string | undefined): Rejection {
  return id === undefined ? rejection : { ...rejection, id };
}

export function isRejection(outcome: object): outcome is Rejection {
  return 'reason' in outcome;
}

export function reject(reason: RejectReason, detail: string): Rejection {
  return { reason, detail };
}

/** A function of the pipeline's definition threw: the event is set aside, and its neighbours count. */
export function userCodeRejection(where: string, error: unknown): Rejection {
  const name = error instanceof Error ? error.name : typeof error;
  return reject('user_code', `${where} of the pipeline's definition threw ${name}; make it total`);
}

function describeIssues(issues: readonly SchemaIssue[]): string {
  const told = issues.slice(0, ISSUES_MAX).map(({ message, path }) => {
    const place = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  if (issues.length > ISSUES_MAX) told.push(`and ${issues.length - ISSUES_MAX} more`);
  return told.join('; ').slice(0, 1000);
}
