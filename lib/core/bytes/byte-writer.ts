import { utf8Length, writeUtf8 } from './utf8.ts';

/** Most of what is written is short, and an array of up to 64 bytes is far cheaper to make than a longer one. */
const BYTES_AT_FIRST = 64;

const DOUBLE = new DataView(new ArrayBuffer(8));
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer);

/** Writes numbers and texts into bytes that grow as needed. What it writes, `ByteReader` reads. */
export class ByteWriter {
  #bytes = new Uint8Array(BYTES_AT_FIRST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /**
   * A whole number from 0 to 2^53 - 1, in 1 to 8 bytes: 7 bits each, low ones first, the high bit says that more
   * follow. Throws `RangeError` for any other number.
   */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`a varint is a whole number from 0 to 2^53 - 1, not ${value}`);
    }
    this.#varint(value);
  }

  /**
   * A whole number of magnitude up to 2^53 - 1, small magnitudes in few bytes: the varint of 2n, or of -2n - 1 where
   * n is negative. Those numbers go up to 2^54, beyond what a double holds exactly, hence the first byte apart.
   */
  zigzag(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`a zigzag is a whole number of magnitude up to 2^53 - 1, not ${value}`);
    }
    const magnitude = value < 0 ? -1 - value : value;
    const rest = Math.floor(magnitude / 64);
    this.byte((rest > 0 ? 0x80 : 0) | ((magnitude % 64) << 1) | (value < 0 ? 1 : 0));
    if (rest > 0) this.#varint(rest);
  }

  /** A double, 8 bytes, little endian. */
  float64(value: number): void {
    DOUBLE.setFloat64(0, value, true);
    this.raw(DOUBLE_BYTES);
  }

  /** The bytes as they are: the reader must know how many. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The number of bytes, then the bytes. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Any string, lone surrogates included: the number of its bytes, then WTF-8. */
  text(text: string): void {
    const length = utf8Length(text);
    this.varint(length);
    this.#reserve(length);
    writeUtf8(text, this.#bytes, this.#length);
    this.#length += length;
  }

  /** A copy of all that was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    // No bit operators: they cut numbers to 32 bits.
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = 0x80 | (rest % 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 4 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
