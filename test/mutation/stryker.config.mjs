/**
 * Mutation testing of the core: `npm run mutation`, or `npm run mutation -- --mutate 'lib/core/batch/**'`.
 * What it found, and how to read it: docs/mutation.md.
 */
export default {
  mutate: ['lib/core/**/*.ts'],
  testRunner: 'vitest',
  // `related` would look for the tests of each mutant's file anew; the coverage knows them already.
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A loop without end is told by how often it is passed; the clock is for the rest, and generous on a busy machine.
  timeoutMS: 8000,
  timeoutFactor: 2,
  incremental: true,
  incrementalFile: 'node_modules/.cache/stryker/incremental.json',
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation/mutation.html' },
  thresholds: { high: 95, low: 90, break: 85 },
  // Only what the core's tests touch is copied.
  ignorePatterns: ['**', '!lib/**', '!test/**', '!pipelines/**', '!package.json', '!tsconfig.json'],
  // Stryker reads it with TypeScript's API, which version 7 doesn't have; nothing in it needs to be rewritten.
  tsconfigFile: 'none.json',
  disableTypeChecks: false,
};
