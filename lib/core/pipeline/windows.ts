/** A window in a pipeline's definition. */
export interface WindowSpec {
  readonly type: 'tumbling';
  /** A duration, e.g. `1h`. */
  readonly size: string;
}

/**
 * Windows of one size, side by side, aligned to 1970-01-01T00:00Z: `tumbling('1h')`, `tumbling('1d')`. Sizes from a
 * second to 366 days; weeks (`7d`) therefore begin on Thursdays, as 1970-01-01 was one.
 */
export function tumbling(size: string): WindowSpec {
  return { type: 'tumbling', size };
}
