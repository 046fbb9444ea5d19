import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const LINES_AT_ONCE = 1000;

/** Writes events to a file, one a line: for Weir and for DuckDB, so that both have the same. */
export async function writeEvents(
  path: string,
  events: Iterable<object> | AsyncIterable<object>,
): Promise<void> {
  const out = createWriteStream(path);
  const done = finished(out);
  let lines: string[] = [];
  for await (const event of events) {
    if (lines.push(`${JSON.stringify(event)}\n`) < LINES_AT_ONCE) continue;
    if (!out.write(lines.join(''))) await once(out, 'drain');
    lines = [];
  }
  out.end(lines.join(''));
  await done;
}
