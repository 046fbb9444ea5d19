import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundleFunction } from '#local/bundle-function.ts';
import { SCALE_BUNDLE_KB_MAX } from '#test/infra/bundle-limits.ts';

test('the bundle of the function scale is small: nearly all of it is loaded by each cold start', async () => {
  const outputFolder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(outputFolder, { recursive: true, force: true }));
  const { bytes, files } = await bundleFunction({
    entryFile: resolve('functions/scale/handler.ts'),
    pipelineFile: resolve('pipelines/flights.ts'),
    outputFolder,
  });
  const sizes = new Map(files.map((file) => [basename(file.path), file.bytes]));
  const loaded = new Set(['handler.mjs']);
  for (const name of loaded) {
    const code = await readFile(join(outputFolder, name), 'utf8');
    for (const [, imported] of code.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) {
      if (imported !== undefined) loaded.add(imported);
    }
  }
  const loadedKB = [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0) / 1000;
  console.log(`scale: ${Math.round(loadedKB)} KB loaded, ${Math.round(bytes / 1000)} KB in all`);
  expect(loadedKB).toBeGreaterThan(100);
  expect(loadedKB).toBeLessThan(SCALE_BUNDLE_KB_MAX.loadedKB);
  expect(bytes / 1000).toBeLessThan(SCALE_BUNDLE_KB_MAX.allKB);
});
