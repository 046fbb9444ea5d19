import { expect, test } from 'vitest';
import {
  hashDecimal,
  hashPosition,
  isNextTo,
  isWithin,
  middleOf,
  shareOfSpace,
} from '#core/scale/hash-range.ts';

const MAX = 2n ** 128n - 1n;
const at = (number: bigint | number) => hashPosition(BigInt(number));
const range = (first: bigint | number, last: bigint | number) => ({ first: at(first), last: at(last) });

test('positions are 32 hexadecimal digits, from numbers and from Kinesis’ decimal ones, and back', () => {
  expect(at(0)).toBe('0'.repeat(32));
  expect(at(255)).toBe(`${'0'.repeat(30)}ff`);
  expect(at(MAX)).toBe('f'.repeat(32));
  expect(hashPosition('170141183460469231731687303715884105728')).toBe(`8${'0'.repeat(31)}`);
  for (const decimal of ['0', '10', '340282366920938463463374607431768211455'])
    expect(hashDecimal(hashPosition(decimal))).toBe(decimal);
});

test('what is outside of the space is refused, with what it is', () => {
  expect(() => hashPosition(-1n)).toThrow('a hash position is from 0 to 2^128 - 1, not -1');
  expect(() => hashPosition(2n ** 128n)).toThrow(RangeError);
  expect(() => hashPosition('-5')).toThrow('not -5');
});

test('both ends of a range are in it', () => {
  expect([9, 10, 15, 20, 21].map((place) => isWithin(range(10, 20), at(place)))).toEqual([
    ...[false, true, true, true, false],
  ]);
});

test('a range is next to the one that begins right after it, and to no other', () => {
  const first = range(10, 20);
  expect(
    [range(20, 30), range(21, 30), range(22, 30), range(0, 9)].map((next) => isNextTo(first, next)),
  ).toEqual([...[false, true, false, false]]);
});

test('the middle is rounded up, and above the lower of two', () => {
  expect(middleOf(at(0), at(0))).toBe(at(0));
  expect(middleOf(at(0), at(1))).toBe(at(1));
  expect(middleOf(at(3), at(8))).toBe(at(6));
  expect(middleOf(at(0), at(MAX))).toBe(at(2n ** 127n));
});

test('how much of the space a range is', () => {
  expect(shareOfSpace(range(0, MAX))).toBe(1);
  expect(shareOfSpace(range(0, 2n ** 127n - 1n))).toBe(0.5);
  expect(shareOfSpace(range(2n ** 127n, 2n ** 127n + 2n ** 75n - 1n))).toBe(2 ** -53);
  expect(shareOfSpace(range(7, 7))).toBe(0);
});
