/** A window in a pipeline's definition. */
export interface WindowSpec {
  readonly type: 'tumbling' | 'hopping';
  /** A duration, e.g. `1h`. */
  readonly size: string;
  readonly every?: string;
  readonly rollup?: readonly string[];
  readonly retention?: Readonly<Record<string, string>>;
}

export interface TumblingOptions {
  /**
   * Larger windows that are kept as well, made of these, e.g. `['1d', '30d']`: each a multiple of the one before it.
   * Reading a month of days costs a thirtieth of reading a month's hours.
   */
  readonly rollup?: readonly string[];
  /** How long the values of each size are kept after a window's end, e.g. `{ '1h': '90d' }`; without it, for good. */
  readonly retention?: Readonly<Record<string, string>>;
}

/**
 * Windows of one size, side by side, aligned to 1970-01-01T00:00Z: `tumbling('1h')`, `tumbling('1d')`. Sizes from a
 * second to 366 days; weeks (`7d`) therefore begin on Thursdays, as 1970-01-01 was one.
 */
export function tumbling(size: string, options: TumblingOptions = {}): WindowSpec {
  return { type: 'tumbling', size, ...options };
}

export interface HoppingOptions {
  /** From one window's start to the next; divides the size. */
  readonly every: string;
  /** How long values are kept after a window's end, e.g. `{ '1h': '90d' }`; without it, for good. */
  readonly retention?: Readonly<Record<string, string>>;
}

/**
 * Windows that overlap: `hopping('1h', { every: '10m' })` has the last hour every ten minutes, each event in six of
 * them. They are stored as panes of ten minutes, so they cost what `tumbling('10m')` does, and one final a window.
 */
export function hopping(size: string, options: HoppingOptions): WindowSpec {
  return { type: 'hopping', size, ...options };
}
