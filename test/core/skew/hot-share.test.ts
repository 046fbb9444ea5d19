import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HotShare } from '#core/skew/hot-share.ts';

function shareOf(values: readonly string[]): number | undefined {
  const hot = new HotShare();
  for (const value of values) hot.add(value);
  return hot.share;
}

test('of fewer than a hundred values, the most frequent one has no share', () => {
  const values = Array.from({ length: 99 }, () => 'same');
  expect(shareOf([])).toBeUndefined();
  expect(shareOf(values)).toBeUndefined();
  expect(shareOf([...values, 'same'])).toBe(1);
});

test('the share of a value among few others is exact', () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i % 10 < 6 ? 'hot' : `other ${i % 40}`));
  expect(shareOf(values)).toBe(0.6);
});

test('among any number of values, it is never more than the true share, and at most a hundredth less', () => {
  const values = fc.array(fc.nat(400), { minLength: 100, maxLength: 3000, size: 'max' });
  const property = fc.property(values, fc.nat(2000), (others, copies) => {
    const all = [...others, ...Array.from({ length: copies }, () => -1)].map(String);
    const counts = new Map<string, number>();
    for (const value of all) counts.set(value, (counts.get(value) ?? 0) + 1);
    const truth = Math.max(...counts.values()) / all.length;
    const share = shareOf(all) ?? expect.fail('no share');
    expect(share).toBeLessThanOrEqual(truth);
    expect(share).toBeGreaterThanOrEqual(truth - 0.01);
  });
  fc.assert(property, { numRuns: 50 });
});
