import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A run ends with the first test that fails: examples take next to no time, properties some, large inputs most. */
class ExamplesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
      .map((file) => ({ file, effort: effortOf(file.moduleId) }))
      .sort((a, b) => a.effort - b.effort)
      .map(({ file }) => file);
  }
}

function effortOf(path: string): number {
  if (path.includes('-large-')) return 2;
  return readFileSync(path, 'utf8').includes("'fast-check'") ? 1 : 0;
}

/** The tests that mutants of the core must be caught by: the core's own, with properties cut short. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    // Blocks of full size: megabytes, byte by byte, take mutated code too long. See docs/mutation.md.
    exclude: ['test/core/block-large-codec.test.ts', 'test/core/protocol/fold-large-block.test.ts'],
    setupFiles: ['test/mutation/quick-properties.ts'],
    testTimeout: 60_000,
    // One worker for all files of a run: starting one for each takes longer than the tests.
    isolate: false,
    sequence: { sequencer: ExamplesFirst },
  },
});
