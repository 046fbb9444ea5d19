import { expect, test } from 'vitest';
import { readLimit } from '#local/event-source-mapping/read-limit.ts';

test('a read brings about 6 MB, whatever the size of the records', () => {
  expect(readLimit({ records: 100, bytes: 100 * 25_000 })).toBe(240);
  expect(readLimit({ records: 10, bytes: 10 * 1_048_576 })).toBe(5);
  expect(readLimit({ records: 1, bytes: 10_485_760 })).toBe(1);
});

test('small records are bounded in number, and so is a first read', () => {
  expect(readLimit({ records: 500, bytes: 500 })).toBe(2000);
  expect(readLimit({ records: 500, bytes: 0 })).toBe(2000);
  expect(readLimit(undefined)).toBe(200);
});
