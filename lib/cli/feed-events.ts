import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventFile, InputEvent } from './read-events/input-event.ts';

/** What is needed of a producer. */
export interface EventSink {
  tryPut(event: object): boolean;
  put(event: object): Promise<void>;
  putRaw(bytes: Uint8Array): Promise<void>;
}

/** Decides when the next events may go; resolves to how many of the `wanted` may. */
export type Pace = (wanted: number) => Promise<number>;

const NEWLINES = /[\r\n]+/g;
const OPEN_BRACKET = 0x5b;

/**
 * Gives all events of a file to a producer, in order, as fast as it takes them or as `pace` allows. What could not be
 * read goes as a record by itself, for the handler to reject and keep. `onFed` hears how many events have gone, and is waited for.
 */
export async function feedEvents(
  file: EventFile,
  sink: EventSink,
  options: {
    readonly signal: AbortSignal;
    readonly onFed: (events: number) => Promise<void> | void;
    readonly pace?: Pace;
  },
): Promise<number> {
  let fed = 0;
  for await (const batch of file.batches()) {
    for (let start = 0; start < batch.length; ) {
      options.signal.throwIfAborted();
      const left = batch.length - start;
      const end = start + (options.pace === undefined ? left : await options.pace(left));
      for (const event of batch.slice(start, end)) {
        const waiting = feedOne(event, sink);
        if (waiting !== undefined) await waiting;
      }
      fed += end - start;
      start = end;
      await options.onFed(fed);
      await nextTurn(); // whatever else runs in this process gets its turn: emulators, progress, Ctrl-C
    }
  }
  return fed;
}

function feedOne(event: InputEvent, sink: EventSink): Promise<void> | undefined {
  if (event.kind === 'raw') return feedRaw(Buffer.from(event.bytes), sink);
  const { value } = event;
  if (typeof value !== 'object' || value === null) {
    return sink.putRaw(Buffer.from(event.text ?? JSON.stringify(value)));
  }
  return sink.tryPut(value) ? undefined : sink.put(value);
}

/**
 * A record is one event for each of its lines, or for each element if it is an array; this one is to be one event
 * whatever it holds.
 */
function feedRaw(bytes: Buffer, sink: EventSink): Promise<void> {
  const line = bytes.includes('\n')
    ? Buffer.from(bytes.toString('latin1').replaceAll(NEWLINES, ' '), 'latin1')
    : bytes;
  return line[0] === OPEN_BRACKET && isJson(line)
    ? sink.putRaw(Buffer.from(`[${line.toString('utf8')}]`))
    : sink.putRaw(line);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
