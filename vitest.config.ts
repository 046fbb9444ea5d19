import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests start real processes and emulators on a machine that may be busy: a slow one is no wrong one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two heavy files at a time: each may have handler processes of its own.
    maxWorkers: 2,
  },
});
