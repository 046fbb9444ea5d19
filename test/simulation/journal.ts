import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Totals } from './totals.ts';
import { bundleWorker } from './workers.ts';

/** How far a long run has come: seeds from `from` on, up to `next` and without it, which is where it goes on. */
export interface Journal {
  /** Hash of all code that a seed runs: seeds of other code say nothing of this one. */
  readonly code: string;
  readonly from: number;
  readonly next: number;
  /** Real time, of all runs together. */
  readonly elapsedMs: number;
  readonly totals: Totals;
}

/** SHA-256 of the script that runs seeds, with all that it is made of: the project's code, its tests', and packages. */
export async function codeOfSeeds(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-simulation-'));
  try {
    return createHash('sha256')
      .update(await readFile(await bundleWorker(folder)))
      .digest('hex');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The journal in a file; `undefined` where there is none yet. Throws where it is of other code. */
export async function readJournal(file: string, code: string): Promise<Journal | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const journal = JSON.parse(text) as Journal;
  if (journal.code !== code)
    throw new Error(
      `${file} is of other code (${journal.code.slice(0, 12)}, and this is ${code.slice(0, 12)}), whose ${journal.totals.seeds} seeds say nothing of this one; name another file, or check out the commit it was begun with`,
    );
  return journal;
}

/** In one step, so that whoever is killed meanwhile leaves the one before. */
export async function writeJournal(file: string, journal: Journal): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(journal, null, 2));
  await rename(`${file}.new`, file);
}
