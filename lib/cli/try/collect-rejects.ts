import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { takeDeadLetters } from '../run/read-dead-letters.ts';
import { counted, whole } from '../show/numbers.ts';
import { UsageError } from '../usage-error.ts';

/** Messages that are looked at for the reasons, when they are not asked for themselves. */
const MESSAGES_FOR_REASONS = 20_000;

/**
 * Says why events were set aside, by count, and writes the dead-letter messages to a file if one is named: the queue
 * ends with the run. Gives lines to be shown.
 */
export async function collectRejects(
  environment: Readonly<Record<string, string>>,
  setAside: number,
  output: WriteStream | undefined,
): Promise<string[]> {
  const reasons = new Map<string, { count: number; detail: string }>();
  let messages = 0;
  const messagesMax = output === undefined ? MESSAGES_FOR_REASONS : Number.POSITIVE_INFINITY;
  for await (const message of takeDeadLetters(environment['WEIR_DEAD_LETTER_QUEUE_URL'] ?? '', messagesMax)) {
    messages++;
    const known = reasons.get(message.reason);
    if (known === undefined) reasons.set(message.reason, { count: 1, detail: message.detail });
    else known.count++;
    if (output !== undefined && !output.write(`${JSON.stringify(message)}\n`)) await once(output, 'drain');
  }
  if (output !== undefined) {
    output.end();
    await finished(output);
  }
  const of = messages < setAside && output === undefined ? ` (of the first ${whole(messages)})` : '';
  const lines = [...reasons].sort(([, a], [, b]) => b.count - a.count);
  return [
    ...(setAside > 0 ? [`${counted(setAside, 'event')} set aside in the dead-letter queue${of}:`] : []),
    ...lines.map(([reason, { count, detail }]) => `  ${whole(count).padStart(9)}  ${reason}, e.g. ${detail}`),
    ...(output === undefined
      ? setAside > 0
        ? ['  They end with this run; --dead-letters <file> writes them to a file.']
        : []
      : [`${counted(messages, 'dead-letter message')} written to ${String(output.path)}.`]),
  ];
}

/** Opens a file to write to, before there is anything to write. Throws `UsageError` where it can't be. */
export async function openOutput(path: string): Promise<WriteStream> {
  const output = createWriteStream(path);
  try {
    await once(output, 'open');
  } catch (error) {
    throw new UsageError(`${path} can't be written: ${(error as Error).message}.`);
  }
  return output;
}
