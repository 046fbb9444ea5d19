import { expect, test } from 'vitest';
import { ID_LIMITS, seenIdsBytes } from '#core/duplicates/seen-ids.ts';
import { Shard } from './shard.ts';

test('what a head names takes a few KB of it at most', () => {
  const shard = new Shard(600, ID_LIMITS);
  let largest = 0;
  for (let batch = 0; batch < 400; batch++) {
    const all = Array.from({ length: 300 }, (_, i) => ({ id: `${batch}-${i}`, second: 1000 + batch }));
    expect(shard.commit(all)).not.toContain(true);
    largest = Math.max(largest, seenIdsBytes(shard.seen));
  }
  expect(largest).toBeGreaterThan(1000);
  expect(largest).toBeLessThan(4500);
  expect(shard.forgotten).toBe(0);
});
