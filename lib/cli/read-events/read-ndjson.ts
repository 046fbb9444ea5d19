import { isUtf8 } from 'node:buffer';
import { UsageError } from '#cli/usage-error.ts';
import type { InputEvent } from './input-event.ts';
import { eventFromBytes, eventFromText } from './json-event.ts';

/** A line, or an element of a JSON array, is held in memory whole: up to here. */
export const EVENT_BYTES_MAX = 32 * 1024 * 1024;

const NEWLINE = 0x0a;
const BLANK = /^[ \t\r]*$/;

/** The events of newline-delimited JSON; blank lines are none. A batch has the whole lines of one chunk. */
export async function* readNdjson(
  path: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly InputEvent[]> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  let linesBefore = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const block =
        carried.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...carried, chunk.subarray(0, end)]);
      carried = [];
      carriedBytes = 0;
      const lines = eventsOfLines(block);
      linesBefore += lines.count;
      yield lines.events;
    }
    if (end < chunk.length) {
      carried.push(chunk.subarray(end));
      carriedBytes += chunk.length - end;
    }
    if (carriedBytes > EVENT_BYTES_MAX) {
      throw new UsageError(
        `${path}: line ${linesBefore + 1} is longer than ${EVENT_BYTES_MAX / 1024 / 1024} MB. ` +
          'A line is one event; is this newline-delimited JSON?',
      );
    }
  }
  if (carriedBytes > 0) yield eventsOfLines(Buffer.concat(carried)).events;
}

function eventsOfLines(block: Buffer): { events: InputEvent[]; count: number } {
  const events: InputEvent[] = [];
  if (isUtf8(block)) {
    const lines = block.toString('utf8').split('\n');
    for (const line of lines) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '' && !BLANK.test(text)) events.push(eventFromText(text));
    }
    return { events, count: lines.length - 1 };
  }
  let count = 0;
  for (let start = 0; start < block.length; count++) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline === -1 ? block.length : newline;
    const line = block.subarray(start, block[end - 1] === 0x0d ? end - 1 : end);
    if (!BLANK.test(line.toString('latin1'))) events.push(eventFromBytes(line));
    start = end + 1;
  }
  return { events, count };
}
