import type { RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';

/**
 * Tools for the parts of one record: all together, they may hold what one record may. A part that goes beyond gets
 * the answer that a record beyond the cap gets, and from then on `isExceeded`.
 */
export class SharedCap implements RecordTools {
  readonly unzstd: RecordTools['unzstd'];
  readonly #tools: RecordTools;
  #bytesLeft: number = RECORD_LIMITS.decompressedBytesMax;
  #framesLeft: number = RECORD_LIMITS.eventsMax;
  #isExceeded = false;

  constructor(tools: RecordTools) {
    this.#tools = tools;
    const { unzstd } = tools;
    this.unzstd =
      unzstd &&
      ((frame, maxBytes) => {
        // Each costs as much as a page of JSON, and 100,000 of them fit in a record.
        if (this.#framesLeft-- === 0) this.#isExceeded = true;
        return this.#decompress(unzstd, frame, maxBytes);
      });
  }

  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
    return this.#decompress((...args) => this.#tools.gunzip(...args), bytes, maxBytes);
  }

  md5(bytes: Uint8Array): Uint8Array {
    return this.#tools.md5(bytes);
  }

  /** Every part's JSON comes through here, compressed or not: this is where it counts. */
  text(bytes: Uint8Array): string | undefined {
    this.#bytesLeft -= bytes.length;
    if (this.#bytesLeft < 0) this.#isExceeded = true;
    return this.#isExceeded ? undefined : this.#tools.text(bytes);
  }

  #decompress(
    decompress: (bytes: Uint8Array, maxBytes: number) => Uint8Array,
    bytes: Uint8Array,
    maxBytes: number,
  ): Uint8Array {
    if (this.#isExceeded) throw new RangeError('no room is left for this part');
    try {
      return decompress(bytes, Math.min(maxBytes, this.#bytesLeft));
    } catch (error) {
      if (error instanceof Error && error.name === 'RangeError') this.#isExceeded = true;
      throw error;
    }
  }
}
