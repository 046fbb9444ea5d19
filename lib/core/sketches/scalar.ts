/** What sketches tell apart: 1, '1' and true are three values; 1 and 1.0 are one, as are 0 and -0. Numbers are finite. */
export type Scalar = string | number | boolean;

/** Throws `RangeError` for NaN and infinities, which JSON has none of: callers refuse them before. */
export function requireFinite(value: Scalar): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError('a sketch takes finite numbers only: refuse others before');
  }
}
