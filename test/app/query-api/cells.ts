import fc from 'fast-check';
import type { Cell } from './shop.ts';

const shop = fc.constantFrom<Cell['shop']>(
  'a',
  'b',
  'c d',
  'ü€',
  '__proto__',
  '=1+1',
  '',
  null,
  1,
  '1',
  true,
);

/** Values of some hours and shops, each at most once. */
export const someCells = fc.uniqueArray(
  fc.record({
    hour: fc.integer({ min: 0, max: 40 }),
    shop,
    sales: fc.integer({ min: 0, max: 5 }),
    euros: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((euros) => euros + 0),
    dearest: fc.option(fc.integer({ min: -3, max: 3 }), { nil: null }),
  }),
  { maxLength: 40, selector: ({ hour, shop: name }) => JSON.stringify([hour, name]) },
);
