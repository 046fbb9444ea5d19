/**
 * Mutation testing of the core: `npm run mutation`, or `npm run mutation -- --mutate 'lib/core/batch/**'`.
 * What it found, and how to read it: docs/mutation.md.
 */
export default {
  mutate: ['lib/core/**/*.ts'],
  testRunner: 'core',
  plugins: ['./test/mutation/core-runner.mjs'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // The runner ends loops without end in mutated code; this is for all others, and generous on a busy machine.
  timeoutMS: 10_000,
  timeoutFactor: 1.5,
  // The tests once over, before the first mutant: half a minute, and many times that on a busy machine.
  dryRunTimeoutMinutes: 30,
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
