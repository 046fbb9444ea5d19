import type { DecodedEvent } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';
import { mayNestTooDeep, nestsDeeperThan } from './nesting.ts';
import { rejectedEvent } from './rejected-event.ts';

/** Where V8 says how far it came. Anchored: its other messages quote the input, which may say anything. */
const POSITION = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/;

/**
 * What is known of a `JSON.parse` error without its message, which quotes the input: a place, or that the text ends
 * too early. Starts with a comma or is empty, to be put behind a sentence.
 */
export function whereJsonFailed(error: unknown): string {
  if (!(error instanceof SyntaxError)) return '';
  if (error.message === 'Unexpected end of JSON input') return ', it ends too early';
  const position = POSITION.exec(error.message)?.[1];
  return position === undefined ? '' : `, wrong at character ${Number(position) + 1}`;
}

/**
 * One event out of its own JSON text. `line` is its number in the record (from 1), to be named when it is rejected;
 * left out where the text is the whole record.
 */
export function parseEvent(text: string, line?: number): DecodedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return rejectedEvent('not_json', `${place(line)}expected one JSON value${whereJsonFailed(error)}`, text);
  }
  if (mayNestTooDeep(text.length) && nestsDeeperThan(value, RECORD_LIMITS.nestingMax)) {
    return rejectedEvent('too_large', `${place(line)}nested deeper than ${RECORD_LIMITS.nestingMax}`, text);
  }
  return { ok: true, value };
}

function place(line: number | undefined): string {
  return line === undefined ? '' : `line ${line}: `;
}
