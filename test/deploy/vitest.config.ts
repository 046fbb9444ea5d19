import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/*.spec.ts'],
    // A deployment's steps build on one another: in order, and no further after one that failed.
    bail: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: ['verbose'],
  },
});
