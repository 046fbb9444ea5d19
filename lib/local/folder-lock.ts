import { readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Locks that this process holds: a file that names this process and is not here is left from an earlier one. */
const held = new Set<string>();

/**
 * Takes a folder for this process alone. The lock of a process that is gone is taken over.
 * Throws when another one, or this one already, has it.
 *
 * @returns gives the folder free
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder, 'lock');
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(await readFile(path, 'utf8'));
    if (owner === process.pid ? held.has(path) : isRunning(owner)) {
      throw new Error(
        `${folder} is in use by process ${owner}; stop that one, use another data folder, ` +
          `or remove ${path} if it is not a Weir`,
        { cause: error },
      );
    }
    await writeFile(path, String(process.pid));
  }
  held.add(path);
  return async () => {
    held.delete(path);
    await rm(path, { force: true });
  };
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
