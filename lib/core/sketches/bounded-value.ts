import { readUtf8, utf8Length, writeUtf8 } from '#core/bytes/utf8.ts';
import { hashScalar } from './hash-scalar.ts';
import { requireFinite, type Scalar } from './scalar.ts';

/** The longest string, in bytes of UTF-8, that is kept in full. */
export const VALUE_BYTES_MAX = 256;

/** An ellipsis (3 bytes) and 64 bits of hash, in hexadecimal. */
const SUFFIX = /…[0-9a-f]{16}$/;
const SUFFIX_BYTES = 3 + 16;

/** The prefix ends between characters, of up to 4 bytes each. */
const ABBREVIATED_BYTES_MIN = VALUE_BYTES_MAX - 3 + SUFFIX_BYTES;
const ABBREVIATED_BYTES_MAX = VALUE_BYTES_MAX + SUFFIX_BYTES;

/**
 * The value itself, or what stands for a long string: as many characters as fit into `VALUE_BYTES_MAX` bytes, an
 * ellipsis, and a hash of all of it. That is longer than any string that is kept in full, so it can't be taken for
 * one; long strings are told apart by beginning and hash. Throws `RangeError` for numbers that are not finite.
 */
export function boundedValue(value: Scalar): Scalar {
  requireFinite(value);
  if (typeof value !== 'string' || !isLong(value)) return value;
  // No character has more units than bytes.
  const start = value.slice(0, VALUE_BYTES_MAX);
  const bytes = new Uint8Array(utf8Length(start) + 1);
  writeUtf8(start, bytes, 0);
  let end = VALUE_BYTES_MAX;
  while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  hashScalar(value, lanes);
  // From bytes, not by `slice`: a slice would keep all of the long string in memory.
  return `${readUtf8(bytes, 0, end)}…${hexOf(lanes[0])}${hexOf(lanes[1])}`;
}

/** Whether `boundedValue` can have given this string. */
export function isBounded(text: string): boolean {
  if (!isLong(text)) return true;
  const length = utf8Length(text);
  return length >= ABBREVIATED_BYTES_MIN && length <= ABBREVIATED_BYTES_MAX && SUFFIX.test(text);
}

const lanes = new Int32Array(4);

function isLong(text: string): boolean {
  // A unit has 1 to 3 bytes: most strings need no counting.
  if (text.length * 3 <= VALUE_BYTES_MAX) return false;
  return text.length > VALUE_BYTES_MAX || utf8Length(text) > VALUE_BYTES_MAX;
}

function hexOf(word: number | undefined): string {
  return ((word ?? 0) >>> 0).toString(16).padStart(8, '0');
}
