import fc from 'fast-check';

/** Numbers of one size, as a field of real events has them: sums of these are where rounding shows most. */
const everyday = fc.oneof(
  fc.integer({ min: -500, max: 500 }),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 10),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
  fc.maxSafeInteger(),
);

const extreme = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    2 ** -1022,
    1e100,
    -1e100,
    1,
    2 ** 53,
    -(2 ** 53),
    0.1,
    1 + 2 ** -52,
  ),
  fc.integer({ min: -1000, max: 1000 }).map((n) => n * 5e-324),
  fc
    .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -1074, max: 331 }))
    .map(([m, e]) => m * 2 ** e),
  fc.double({ min: -1e100, max: 1e100, noNaN: true }),
);

/** Any number that a metric takes. */
export const anyNumber = fc.oneof(everyday, extreme);

/** Numbers that cancel each other out, all but a few small ones. */
const cancelling = fc
  .tuple(fc.array(anyNumber, { maxLength: 12 }), fc.array(anyNumber, { maxLength: 3 }))
  .chain(([numbers, rest]) => shuffled([...numbers, ...numbers.map((x) => -x), ...rest]));

/** Lists of numbers to aggregate: everyday ones, of all sizes, cancelling. */
export const numberLists = fc.oneof(
  fc.array(everyday, { maxLength: 40 }),
  fc.array(anyNumber, { maxLength: 40 }),
  cancelling,
);

/** All of these, in any order. */
export function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}
