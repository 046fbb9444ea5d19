import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UsageError } from '#cli/usage-error.ts';

/** Where a runtime without a data folder tells of itself, in the folder that it was started in. */
export const DEFAULT_RUNTIME_FOLDER = '.weir';

const runtimeFile = z.object({
  version: z.literal(1),
  pid: z.number().int().positive(),
  startedAt: z.string(),
  pipeline: z.object({ name: z.string(), file: z.string() }),
  environment: z.record(z.string(), z.string()),
});

/** What a running `weir start` tells the other commands. */
export type RuntimeFile = z.infer<typeof runtimeFile>;

/** The running runtime of a folder; `undefined` where there is none, or only what a killed one left. */
export function readRuntimeFile(folder: string): RuntimeFile | undefined {
  const path = pathIn(folder);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${path} can't be read: ${(error as Error).message}.`);
  }
  const parsed = runtimeFile.safeParse(safeJson(text));
  if (!parsed.success) {
    throw new UsageError(
      `${path} is not what \`weir start\` of this version writes. Stop that runtime and remove the file.`,
    );
  }
  return isRunning(parsed.data.pid) ? parsed.data : undefined;
}

/** Writes the file whole or not at all: others may be reading it. Returns a function that removes it. */
export function writeRuntimeFile(folder: string, content: Omit<RuntimeFile, 'version'>): () => void {
  mkdirSync(folder, { recursive: true });
  const path = pathIn(folder);
  const written = `${path}.${content.pid}`;
  writeFileSync(written, `${JSON.stringify({ version: 1, ...content }, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(written, path);
  return () => rmSync(path, { force: true });
}

function pathIn(folder: string): string {
  return join(folder, 'runtime.json');
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
