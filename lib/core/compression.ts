/**
 * What the core needs of a compressor. It is passed in, because the core itself has no I/O and no Node APIs.
 * The functions are synchronous and deterministic: same bytes in, same bytes out.
 */
export interface Compression {
  /** Raw deflate. */
  deflate(bytes: Uint8Array): Uint8Array;
  /** Undoes `deflate`. Throws `RangeError` when the result would have more than `maxBytes`. */
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array;
}
