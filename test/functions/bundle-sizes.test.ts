import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bundleFunction } from '#local/bundle-function.ts';
import { QUERY_BUNDLE_KB_MAX, REPAIR_BUNDLE_KB_MAX, SCALE_BUNDLE_KB_MAX } from '#test/infra/bundle-limits.ts';
import { bundleKB } from '../support/loaded-scripts.ts';

test.each([
  ['query', QUERY_BUNDLE_KB_MAX],
  ['repair', REPAIR_BUNDLE_KB_MAX],
  ['scale', SCALE_BUNDLE_KB_MAX],
] as const)(
  'the bundle of the function %s is small, also what is loaded by each cold start',
  async (name, most) => {
    const outputFolder = await mkdtemp(join(tmpdir(), 'weir-test-'));
    onTestFinished(() => rm(outputFolder, { recursive: true, force: true }));
    const bundle = await bundleFunction({
      entryFile: resolve(`functions/${name}/handler.ts`),
      pipelineFile: resolve('pipelines/flights.ts'),
      outputFolder,
    });
    const { allKB, loadedKB } = await bundleKB(bundle, outputFolder);
    console.log(`${name}: ${Math.round(loadedKB)} KB loaded, ${Math.round(allKB)} KB in all`);
    expect(loadedKB).toBeGreaterThan(100);
    expect(loadedKB).toBeLessThan(most.loadedKB);
    expect(allKB).toBeLessThan(most.allKB);
  },
);
