/**
 * Stored data that our code can't have written, or that was damaged since. The message says what was expected where,
 * and holds none of the data.
 */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
  /** What should have been there, e.g. `the number of groups`. */
  readonly expected: string;
  /** Where it should have been: bytes from the start of what was being read (UTF-16 units if that was a string). */
  readonly offset: number;

  /** @param found what was there instead, e.g. `the end` */
  constructor(expected: string, offset: number, found: string, options?: ErrorOptions) {
    super(`corrupt data: expected ${expected} at offset ${offset}, found ${found}`, options);
    this.expected = expected;
    this.offset = offset;
  }
}
