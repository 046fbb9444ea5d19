import { OversizeError } from '#app/produce/producer-errors.ts';
import { createProducer } from '../../producer.ts';
import type { ConnectionOptions } from '../connection.ts';
import { connectStream } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { feedEvents } from '../feed-events.ts';
import { loadPipeline } from '../load-pipeline.ts';
import { showProgress } from '../progress-line.ts';
import { openEventFile } from '../read-events/open-event-file.ts';
import { keepIdsTogether } from '../run/keep-ids-together.ts';
import { deadLetterPlace, OversizeEvents } from '../run/oversize-events.ts';
import { counted, whole } from '../show/numbers.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Puts all events of a file into a stream, and says how many. */
export async function putFile(
  path: string,
  options: ConnectionOptions & { readonly json: boolean; readonly pipeline?: string },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const file = await openEventFile(path);
  const { stream, runtime } = connectStream(options);
  const place = deadLetterPlace(process.env);
  const oversize = place && new OversizeEvents(place, runtime?.pipeline.name ?? stream, stream);
  const onOversize = oversize && ((payload: string | Uint8Array) => oversize.add(payload));
  // Calls side by side may come in another order than the file has: what is older would be late.
  const pipeline = options.pipeline ?? runtime?.pipeline.file;
  const ids =
    pipeline === undefined ? {} : await keepIdsTogether((await loadPipeline(pipeline)).pipeline, stream);
  const producer = createProducer({ stream, onOversize, callsMax: 1, ...ids });
  let fed = 0;
  const onFed = (events: number) => {
    fed = events;
    return oversize?.settled();
  };
  const endProgress = showProgress(terminal, () => ({
    done: file.progress(),
    text: `${counted(fed, 'event')} put into ${stream}`,
  }));
  try {
    await feedEvents(file, producer, { signal, onFed });
    await producer.close();
    await oversize?.settled();
  } catch (error) {
    await producer.close().catch(() => {}); // what could be delivered is, the error that began this is told
    terminal.note(
      `Stopped early: ${counted(producer.stats().events, 'event')} of ${path} were put into ${stream} before.`,
    );
    throw error instanceof OversizeError ? new UsageError(`${path}: ${oversizeRemedy(error)}`) : error;
  } finally {
    endProgress();
  }

  const { events, records, bytes } = producer.stats();
  const setAside = oversize?.count ?? 0;
  const said = `${counted(events, 'event')} put into ${stream}, in ${counted(records, 'record')} of ${whole(bytes)} bytes in all.`;
  await terminal.print(
    `${options.json ? JSON.stringify({ stream, events: fed, records, bytes, setAside }) : said}\n`,
  );
  if (fed === 0) terminal.note(`${path} holds no events.`);
  if (setAside > 0)
    terminal.note(
      `${counted(setAside, 'event')} too large for a record: set aside in the dead-letter queue.`,
    );
  return setAside > 0 ? EXIT.setAside : EXIT.done;
}

function oversizeRemedy({ bytes }: OversizeError): string {
  return (
    `an event of ${whole(bytes)} bytes does not fit into a record. Store what is large elsewhere and send its key, or set ` +
    'WEIR_DEAD_LETTER_QUEUE_URL and WEIR_DEAD_LETTER_BUCKET, so that such events are set aside.'
  );
}
