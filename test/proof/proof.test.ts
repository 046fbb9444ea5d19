import { describe, expect, test } from 'vitest';
import { DATA_SETS, type DataSet } from './data-sets.ts';
import { Expected } from './expected.ts';
import { prove } from './prove.ts';
import { VARIANTS, type Variant } from './variants.ts';

const EVENTS = 2000;
const BATCH_EVENTS = 250;

const dataSet = (name: string): DataSet => DATA_SETS.find((each) => each.name === name) ?? expect.fail(name);
const variantNamed = (name: string): Variant =>
  VARIANTS.find((each) => each.name === name) ?? expect.fail(name);

async function proofOf(data: DataSet, variant: Variant) {
  const expected = await Expected.load(data, EVENTS);
  try {
    return {
      ...(await prove(data, EVENTS, expected, variant, BATCH_EVENTS)),
      copies: await expected.copies(),
    };
  } finally {
    expected.close();
  }
}

/** A slice of `npm run proof`, which takes all variants and all of the events. */
describe('real events', () => {
  test.each([
    ['birds', 'split and merge'],
    ['birds', '5 % delayed, 4'],
    ['birds', '5 % sent twice, 4'],
    ['flights', 'shuffled, most of it late, 16'],
  ])('of %s, %s, have the values that DuckDB has, bit for bit', async (name, variant) => {
    const proof = await proofOf(dataSet(name), variantNamed(variant));
    expect(proof.samples).toEqual([]);
    expect(proof.differences).toBe(0);
    expect(proof.rows).toBeGreaterThan(1000);
    const { aggregated, duplicate, late, received } = proof.ledger;
    const copies = variant.includes('twice') ? proof.copies : 0;
    expect([received, duplicate, aggregated + late]).toEqual([EVENTS + copies, copies, EVENTS]);
    // Else a variant would not be what its name says.
    expect(copies > 0).toBe(variant.includes('twice'));
    expect(late > 0).toBe(/delayed|late/.test(variant));
    expect(proof.amended > 0).toBe(late > 0);
    expect(proof.shards > variantNamed(variant).shards).toBe(variant.includes('split'));
  });

  test('are compared so that one event more in one of the two is seen', async () => {
    const [few, more] = [
      await Expected.load(dataSet('birds'), 1000),
      await Expected.load(dataSet('birds'), 0),
    ];
    const [aggregate] = dataSet('birds').aggregates;
    if (aggregate === undefined) throw new Error('an aggregate');
    const missing = await few.compare(aggregate, 28 * 86_400, []);
    expect(missing.differences).toBeGreaterThan(100);
    const row = { group: { state: 'Texas', size: null }, windowStart: 0, windowEnd: 1, metrics: {} };
    expect((await more.compare(aggregate, 28 * 86_400, [row])).differences).toBe(1);
    few.close();
    more.close();
  });
});
