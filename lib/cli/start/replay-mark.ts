import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const replayMark = z.object({ file: z.string(), state: z.enum(['begun', 'done']) });

/** Whether a data folder has a replay in it, and whether that came to its end. */
export type ReplayMark = z.infer<typeof replayMark>;

/**
 * What was replayed into a data folder before. It is replayed once only: the events are in the stream that the folder
 * keeps, and a second time they would count twice.
 */
export function readReplayMark(dataDir: string): ReplayMark | undefined {
  try {
    return replayMark.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function writeReplayMark(dataDir: string, mark: ReplayMark): void {
  writeFileSync(pathIn(dataDir), `${JSON.stringify(mark)}\n`);
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'replay.json');
}
