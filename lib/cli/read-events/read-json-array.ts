import { UsageError } from '#cli/usage-error.ts';
import type { InputEvent } from './input-event.ts';
import { type ArrayProblem, JsonArraySplitter } from './json-array-splitter.ts';
import { eventFromBytes } from './json-event.ts';
import { EVENT_BYTES_MAX } from './read-ndjson.ts';

/** Whether the brackets, strings and commas of a JSON array match, up to the end of the file. */
export async function checkJsonArray(chunks: AsyncIterable<Buffer>): Promise<ArrayProblem | undefined> {
  const splitter = new JsonArraySplitter();
  for await (const chunk of chunks) {
    const scanned = splitter.scan(chunk, 0);
    if ('found' in scanned) return scanned;
  }
  return splitter.end();
}

/** The elements of a JSON array that `checkJsonArray` found whole. A batch has the elements that end in one chunk. */
export async function* readJsonArray(
  path: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly InputEvent[]> {
  const splitter = new JsonArraySplitter();
  let carried: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    const scanned = splitter.scan(block, carried.length);
    if ('found' in scanned) throw new UsageError(arrayProblemMessage(path, scanned));
    yield scanned.elements.map(({ start, end }) => eventFromBytes(block.subarray(start, end)));
    carried = block.subarray(scanned.rest);
    if (carried.length > EVENT_BYTES_MAX) {
      throw new UsageError(
        `${path}: an element of the array is longer than ${EVENT_BYTES_MAX / 1024 / 1024} MB. ` +
          'An element is one event; is the array inside another one?',
      );
    }
  }
}

export function arrayProblemMessage(path: string, problem: ArrayProblem): string {
  return (
    `${path} begins as a JSON array, but at byte ${problem.offset} there is ${problem.found}. ` +
    'Nothing of it was used. Put the file right, or give the events as lines, one JSON object each (.ndjson).'
  );
}
