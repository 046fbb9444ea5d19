import { type ConnectionOptions, connectTable } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { inspectItem } from './inspect-item.ts';

export interface InspectOptions extends ConnectionOptions {
  readonly pipeline?: string;
  readonly json: boolean;
}

/** Prints what is stored under a path, decoded, as JSON. */
export async function showItem(path: string, options: InspectOptions, terminal: Terminal): Promise<ExitCode> {
  const { loaded, table } = await connectTable(options.pipeline, options);
  const found = await inspectItem(path, loaded.pipeline, table);
  await terminal.print(`${JSON.stringify(found, undefined, options.json ? undefined : 2)}\n`);
  return EXIT.done;
}
