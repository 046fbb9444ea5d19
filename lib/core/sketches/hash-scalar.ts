import { utf8Length, writeUtf8 } from '#core/bytes/utf8.ts';
import { murmurHash3 } from './murmur-hash3.ts';
import { requireFinite, type Scalar } from './scalar.ts';

/**
 * A seed for each type, so that 1, '1' and true differ. They differ in their high bits too: Murmur combines the seed
 * of a short value with nothing but its length, and small seeds could make up for a difference in length.
 */
const SEED_OF_STRINGS = 0x2f0b4c47;
const SEED_OF_NUMBERS = 0x74d8e913;
const SEED_OF_BOOLEANS = 0xb193a65e;

/** Most texts fit; a longer one gets bytes of its own, so that one huge value does not keep memory for good. */
const SCRATCH_BYTES = 1024;

const scratch = new Uint8Array(SCRATCH_BYTES);
const scratchView = new DataView(scratch.buffer);

/**
 * Writes 128 bits of hash of a value into `lanes`: MurmurHash3_x86_128 of a string's WTF-8 (so lone surrogates differ),
 * of a number's double (little endian, -0 as 0), of a boolean's one byte. Stored sketches depend on it: it never
 * changes. Throws `RangeError` for numbers that are not finite.
 */
export function hashScalar(value: Scalar, lanes: Int32Array): void {
  if (typeof value === 'string') {
    hashString(value, lanes);
  } else if (typeof value === 'number') {
    requireFinite(value);
    scratchView.setFloat64(0, value + 0, true);
    murmurHash3(scratch, 8, SEED_OF_NUMBERS, lanes);
  } else {
    scratch[0] = value ? 1 : 0;
    murmurHash3(scratch, 1, SEED_OF_BOOLEANS, lanes);
  }
}

function hashString(text: string, lanes: Int32Array): void {
  // No unit takes more than 3 bytes.
  if (text.length * 3 <= SCRATCH_BYTES) {
    murmurHash3(scratch, writeToScratch(text), SEED_OF_STRINGS, lanes);
    return;
  }
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  murmurHash3(bytes, bytes.length, SEED_OF_STRINGS, lanes);
}

/** Returns how many bytes were written. ASCII goes straight in: it is nearly all there is, and half the work. */
function writeToScratch(text: string): number {
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) {
      writeUtf8(text, scratch, 0);
      return utf8Length(text);
    }
    scratch[at] = unit;
  }
  return length;
}
