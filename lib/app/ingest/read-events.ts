import { INGEST_LIMITS } from '#contracts/ingest-function.ts';
import type { DecodedEvent } from '#core/records/decoded-event.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { mayNestTooDeep, nestsDeeperThan } from '#core/records/nesting.ts';
import { parseEvent, whereJsonFailed } from '#core/records/parse-json.ts';
import { rejectedEvent } from '#core/records/rejected-event.ts';
import { skipWhiteSpace } from '#core/records/white-space.ts';
import type { Body } from './read-body.ts';
import { malformed, tooLarge } from './request-error.ts';

/**
 * The events of a body, in order: the one value that it is, the elements of an array, or the lines that are not blank.
 * A bad line is an event that was rejected; where no events can be told apart, throws `RequestError`.
 */
export function readEvents({ text, type }: Body): readonly DecodedEvent[] {
  if (skipWhiteSpace(text) === text.length) throw malformed('the body is empty: send at least one event');
  const events = type === 'application/json' ? readJson(text) : readLines(text);
  if (events.length === 0) throw malformed('an empty array: send at least one event');
  if (events.length > INGEST_LIMITS.eventsMax)
    throw tooLarge(`the body has more than ${INGEST_LIMITS.eventsMax} events`);
  return events;
}

function readJson(text: string): readonly DecodedEvent[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`the body is not JSON${whereJsonFailed(error)}: send one object, or an array of them`);
  }
  if (!Array.isArray(value)) return [checkNesting(value, text.length)];
  if (value.length > INGEST_LIMITS.eventsMax) throw tooLarge(`the array has ${value.length} events`);
  return value.map((item: unknown) => checkNesting(item, text.length));
}

function checkNesting(value: unknown, textLength: number): DecodedEvent {
  if (mayNestTooDeep(textLength) && nestsDeeperThan(value, RECORD_LIMITS.nestingMax)) {
    return rejectedEvent('too_large', `nested deeper than ${RECORD_LIMITS.nestingMax}`, '');
  }
  return { ok: true, value };
}

/** One event too many at most: a body may be nothing but line ends and digits. */
function readLines(text: string): readonly DecodedEvent[] {
  const events: DecodedEvent[] = [];
  let line = 0;
  for (
    let start = 0, end = 0;
    start < text.length && events.length <= INGEST_LIMITS.eventsMax;
    start = end + 1
  ) {
    end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line++;
    const content = text.slice(start, end);
    if (skipWhiteSpace(content) < content.length) events.push(parseEvent(content, line));
  }
  return events;
}
