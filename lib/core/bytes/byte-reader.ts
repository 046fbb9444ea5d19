import { CorruptError } from './corrupt-error.ts';
import { readUtf8 } from './utf8.ts';

/**
 * Reads what `ByteWriter` wrote. The bytes may be foreign or damaged: whatever they hold, each method gives a value
 * or throws `CorruptError`, and no length is believed before it was compared with the bytes that are left.
 *
 * `what` names the thing that is read, for the error: `the number of groups`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The error to throw when what was just read makes no sense. */
  corrupt(what: string, found: string): CorruptError {
    return new CorruptError(what, this.#offset, found);
  }

  byte(what = 'a byte'): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw new CorruptError(what, this.#offset, 'the end');
    this.#offset += 1;
    return byte;
  }

  varint(what = 'a whole number'): number {
    const start = this.#offset;
    const value = this.#varint(0, 1, what);
    if (value > Number.MAX_SAFE_INTEGER) throw new CorruptError(what, start, 'a number beyond 2^53 - 1');
    return value;
  }

  zigzag(what = 'a whole number'): number {
    const start = this.#offset;
    const first = this.byte(what);
    const low = (first & 0x7f) >> 1;
    const magnitude = first >= 0x80 ? this.#varint(low, 64, what) : low;
    const value = (first & 1) === 1 ? -1 - magnitude : magnitude;
    if (!Number.isSafeInteger(value)) throw new CorruptError(what, start, 'a number beyond 2^53 - 1');
    return value;
  }

  float64(what = 'a double'): number {
    this.#need(8, what);
    const value = this.#view.getFloat64(this.#offset, true);
    this.#offset += 8;
    return value;
  }

  /** A finite double of magnitude up to `max`; never -0. */
  number(max: number, what = 'a number'): number {
    const start = this.#offset;
    const value = this.float64(what);
    if (!(Math.abs(value) <= max)) throw new CorruptError(what, start, 'a number out of range');
    return value + 0;
  }

  /** How many things follow that take at least `bytesEach` bytes each: never more than there is room for. */
  count(bytesEach: number, what: string): number {
    const start = this.#offset;
    const count = this.varint(what);
    if (count * bytesEach > this.remaining) {
      throw new CorruptError(what, start, `${count}, for which ${this.remaining} bytes are too few`);
    }
    return count;
  }

  /** The next `length` bytes: a view, not a copy. */
  raw(length: number, what = 'bytes'): Uint8Array {
    this.#need(length, what);
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return bytes;
  }

  sized(what = 'bytes with their length'): Uint8Array {
    return this.raw(this.count(1, what), what);
  }

  text(what = 'a text'): string {
    const start = this.#offset;
    const bytes = this.sized(what);
    try {
      return readUtf8(bytes);
    } catch (cause) {
      throw new CorruptError(what, start, 'bytes that are no text', { cause });
    }
  }

  /** Throws if anything is left. */
  end(what = 'the end'): void {
    if (this.remaining > 0) throw new CorruptError(what, this.#offset, `${this.remaining} more bytes`);
  }

  /** `low` plus `unit` times the varint that follows. Inexact beyond 2^53, which the callers refuse. */
  #varint(low: number, unit: number, what: string): number {
    let value = low;
    let place = unit;
    for (let size = 1; size <= 8; size++) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * place;
      if (byte < 0x80) {
        // A last byte of 0 adds nothing; refusing it leaves one form for each number.
        if (byte === 0 && (size > 1 || unit > 1)) break;
        return value;
      }
      place *= 0x80;
    }
    throw new CorruptError(what, this.#offset - 1, 'a varint that is longer than needed or allowed');
  }

  #need(length: number, what: string): void {
    if (!(length >= 0 && length <= this.remaining)) {
      throw new CorruptError(what, this.#offset, `${this.remaining} of ${length} bytes`);
    }
  }
}
