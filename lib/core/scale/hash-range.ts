import type { HashPosition } from '../brand.ts';

/** The part of the hash key space that a shard takes records of; both ends are in it. */
export interface HashRange {
  readonly first: HashPosition;
  readonly last: HashPosition;
}

const DIGITS = 32;
const SPACE = 1n << 128n;

/** From a number, or decimal digits as Kinesis writes them. Throws `RangeError` for what is no place in the space. */
export function hashPosition(value: bigint | string): HashPosition {
  const number = typeof value === 'bigint' ? value : BigInt(value);
  if (number < 0n || number >= SPACE) {
    throw new RangeError(`a hash position is from 0 to 2^128 - 1, not ${String(value)}`);
  }
  return number.toString(16).padStart(DIGITS, '0') as HashPosition;
}

export function hashNumber(position: HashPosition): bigint {
  return BigInt(`0x${position}`);
}

/** In decimal digits, as Kinesis wants it. */
export function hashDecimal(position: HashPosition): string {
  return hashNumber(position).toString();
}

export function isWithin({ first, last }: HashRange, position: HashPosition): boolean {
  return first <= position && position <= last;
}

/** Whether `second` begins where `first` ends, so that the two can be merged. */
export function isNextTo(first: HashRange, second: HashRange): boolean {
  return hashNumber(first.last) + 1n === hashNumber(second.first);
}

/** The middle of two positions, rounded up: above `low` unless they are the same, and at most `high`. */
export function middleOf(low: HashPosition, high: HashPosition): HashPosition {
  return hashPosition((hashNumber(low) + hashNumber(high) + 1n) / 2n);
}

/** How much of the space a range is, from 0 to 1. */
export function shareOfSpace({ first, last }: HashRange): number {
  // 2^53 steps are exact as numbers, and finer than any shard.
  return Number((hashNumber(last) - hashNumber(first) + 1n) >> 75n) / 2 ** 53;
}
