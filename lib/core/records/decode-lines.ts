import type { DecodedEvent } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';
import { parseEvent } from './parse-json.ts';
import { rejectedEvent } from './rejected-event.ts';
import { skipWhiteSpace } from './white-space.ts';

/**
 * Newline-delimited JSON, or one value that may take several lines. Blank lines are skipped (but counted for line
 * numbers), a bad line is rejected by itself.
 */
export function decodeLines(text: string): DecodedEvent[] {
  const events: DecodedEvent[] = [];
  let line = 0;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    line++;
    const content = withoutReturn(text.slice(start, end));
    if (skipWhiteSpace(content) === content.length) continue;
    if (events.length === RECORD_LIMITS.eventsMax) {
      return [rejectedEvent('too_large', `more than ${RECORD_LIMITS.eventsMax} lines`, text)];
    }
    const event = parseEvent(content, line);
    if (events.length === 0 && !event.ok && event.rejection.reason === 'not_json') {
      const whole = parseEvent(text);
      if (whole.ok || whole.rejection.reason !== 'not_json') return [whole];
    }
    events.push(event);
  }
  return isBrokenObject(events) ? [parseEvent(text)] : events;
}

/**
 * Whether these are the lines of one object, written over several lines, that is cut off or wrong somewhere: it opens
 * with a brace by itself, and no line is an object. As fragments they would be of no use to anybody.
 */
function isBrokenObject(events: readonly DecodedEvent[]): boolean {
  const first = events[0];
  if (events.length < 2 || first === undefined || first.ok) return false;
  if (typeof first.payload !== 'string' || first.payload.trim() !== '{') return false;
  return !events.some((event) => event.ok && typeof event.value === 'object' && event.value !== null);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
