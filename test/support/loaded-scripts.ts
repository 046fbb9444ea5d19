import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BundledFunction } from '#local/bundle-function.ts';

/** The scripts of a bundle that each cold start loads, by name: the entry, and what it imports, and what that does. */
export async function loadedScripts(folder: string): Promise<ReadonlySet<string>> {
  const loaded = new Set(['handler.mjs']);
  // Grows while it is walked.
  for (const name of loaded) {
    const code = await readFile(join(folder, name), 'utf8');
    for (const [, imported] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g))
      if (imported !== undefined) loaded.add(imported);
  }
  return loaded;
}

/** In KB of 1,000 bytes, without source maps: what each cold start loads, and all scripts. */
export async function bundleKB({ bytes, files }: BundledFunction, folder: string) {
  const sizes = new Map(files.map((file) => [basename(file.path), file.bytes]));
  const loaded = [...(await loadedScripts(folder))];
  return {
    loadedKB: loaded.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0) / 1000,
    allKB: bytes / 1000,
  };
}
