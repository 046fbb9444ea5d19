import { describe, expect, test } from 'vitest';
import { GroupSamples } from '#core/skew/group-samples.ts';

/** The share of the hottest of these groups, and how many of them were looked at. */
function sampled(groups: readonly string[]) {
  const samples = new GroupSamples(1);
  let looked = 0;
  for (const group of groups) {
    if (!samples.isDue()) continue;
    looked += 1;
    samples.add(0, group);
  }
  return { share: samples.hotShare(0), looked };
}

const repeat = (length: number, group: (i: number) => string) => Array.from({ length }, (_, i) => group(i));

describe('a sample of the groups of many events', () => {
  test.each([2, 4, 8, 16, 32, 64])('tells that none of %d groups that take turns is hot', (turns) => {
    const { share } = sampled(repeat(40_000, (i) => `g${i % turns}`));
    expect(share).toBeLessThan(1 / turns + 0.05);
  });

  test.each([2000, 40_000, 500_000])('finds the share of a hot group among %d events', (events) => {
    // Three of five events, in no order.
    const { share } = sampled(repeat(events, (i) => ((i * 7919) % 5 < 3 ? 'hot' : `g${(i * 31) % 1000}`)));
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.7);
  });

  test('is of the events of the end as much as of those of the beginning', () => {
    const { share } = sampled(repeat(400_000, (i) => (i < 200_000 ? 'early' : `late ${i}`)));
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  test('looks at one event in sixteen, and at few of a multitude', () => {
    expect(Math.abs(sampled(repeat(10_000, () => 'g')).looked - 10_000 / 16)).toBeLessThan(100);
    expect(sampled(repeat(2_000_000, () => 'g')).looked).toBeLessThan(8000);
  });

  test('says nothing of few', () => {
    expect(sampled(repeat(500, () => 'g')).share).toBeUndefined();
  });

  test('is of each aggregate by itself, also where one has fewer events than another', () => {
    const samples = new GroupSamples(3);
    for (let i = 0; i < 100_000; i++) {
      if (!samples.isDue()) continue;
      samples.add(0, 'one');
      if (i % 2 === 0) samples.add(1, `g${i}`);
    }
    expect(samples.hotShare(0)).toBe(1);
    expect(samples.hotShare(1)).toBeLessThan(0.05);
    expect(samples.hotShare(2)).toBeUndefined();
  });
});
