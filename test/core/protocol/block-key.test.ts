import { expect, test } from 'vitest';
import type { WindowStart } from '#core/brand.ts';
import { blockKeyText } from '#core/protocol/block.ts';

test('blocks of another aggregate, generation or window have another key', () => {
  const key = { aggregate: 'a', generation: 'g', windowStart: 1000 as WindowStart };
  const others = [
    { ...key, aggregate: 'b' },
    { ...key, generation: 'h' },
    { ...key, windowStart: 2000 as WindowStart },
    { ...key, windowStart: -1000 as WindowStart },
    // No separator: names are identifiers, generations are hashes.
    { ...key, aggregate: 'ag', generation: '' },
  ];
  const texts = [key, ...others].map((each) => blockKeyText(each));
  expect(new Set(texts).size).toBe(texts.length);
  expect(blockKeyText({ ...key })).toBe(blockKeyText(key));
});
