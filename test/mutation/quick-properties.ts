import fc from 'fast-check';
import { vi } from 'vitest';

/** The runs that a property is given: fewer than in an ordinary run of the tests, as there are thousands of mutants. */
const runs = (numRuns = 100) => Math.max(50, Math.ceil(numRuns / 20));

// What fails is not made smaller: nobody reads it. The seed is fixed, so that a second run says the same.
fc.configureGlobal({ endOnFailure: true, seed: 20_261_123 });

vi.mock('fast-check', async (original) => {
  const module = await original<typeof import('fast-check')>();
  const assert: typeof fc.assert = (property, parameters) =>
    module.assert(property, { ...parameters, numRuns: runs(parameters?.numRuns) }) as never;
  return { ...module, assert, default: { ...module.default, assert } };
});
