import * as fc from 'fast-check';

/*
 * fast-check with fewer cases for each property, as there are thousands of mutants: a twentieth, but 50, or half of them. What fails is
 * not made smaller: nobody reads it. The seed is fixed, so that a second run says the same.
 */

const CASES_MIN = 50;

fc.configureGlobal({ endOnFailure: true, seed: 20_261_123 });

const casesOf = (full = 100) => Math.max(Math.ceil(full / 20), Math.min(CASES_MIN, Math.ceil(full / 2)));

const assert: typeof fc.assert = (property, parameters) =>
  fc.assert(property, { ...parameters, numRuns: casesOf(parameters?.numRuns) }) as never;

export * from 'fast-check';
export { assert };
export default { ...fc, assert };
