import { expect, test } from 'vitest';
import { Page } from '#app/query-api/page.ts';
import { rowOf } from './shop.ts';

/** A row of about so many bytes. */
const rowOfBytes = (bytes: number) =>
  rowOf({ hour: 0, shop: 'x'.repeat(bytes), sales: 1, euros: 1, dearest: 1 });

test('a page takes as many rows as it may have, over several reads', () => {
  const page = new Page(5);
  const rows = Array.from({ length: 3 }, () => rowOfBytes(10));
  expect([page.take(rows), page.isFull]).toEqual([3, false]);
  expect([page.take(rows), page.isFull]).toEqual([2, true]);
  expect(page.take(rows)).toBe(0);
});

test('a page takes no row that would be too much, and then no other one, but the first one whatever its size', () => {
  const page = new Page(100, 10_000);
  expect(page.take([rowOfBytes(4000), rowOfBytes(4000), rowOfBytes(4000), rowOfBytes(1)])).toBe(2);
  expect([page.isFull, page.take([rowOfBytes(1)])]).toEqual([true, 0]);
  const huge = new Page(100, 10_000);
  expect([huge.take([rowOfBytes(20_000), rowOfBytes(1)]), huge.isFull]).toEqual([1, true]);
});
