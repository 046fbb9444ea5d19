/** A window in a pipeline's definition. */
export type WindowSpec = SizedWindowSpec | SessionWindowSpec;

/** Windows of one size. */
export interface SizedWindowSpec {
  readonly type: 'tumbling' | 'hopping';
  /** A duration, e.g. `1h`. */
  readonly size: string;
  readonly every?: string;
  readonly rollup?: readonly string[];
  readonly retention?: Readonly<Record<string, string>>;
}

/** Windows that are as long as a group's events follow each other. */
export interface SessionWindowSpec extends SessionOptions {
  readonly type: 'session';
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

export interface SessionOptions {
  /** A duration, e.g. `30m`: events of a group that are no further apart are in one session. From a second to 30 days. */
  readonly gap: string;
  /**
   * A session that has gone on for longer than this is cut at the next whole multiple of it, counted from
   * 1970-01-01T00:00Z, so that no two events of one are further apart than twice this. A multiple of the gap, at most
   * 1,000 times the gap, which it is unless given.
   */
  readonly longest?: string;
  /** How long sessions are kept after their end, e.g. `90d`; without it, for good. */
  readonly retention?: string;
}

/**
 * Windows that each group has of its own: `session({ gap: '30m' })` has what a user did without a break of more than 30
 * minutes. They are stored as panes of a gap's length, so they cost what `tumbling('30m')` does, and are put together
 * from these when they are read: what comes late may still join two of them.
 */
export function session(options: SessionOptions): SessionWindowSpec {
  return { type: 'session', ...options };
}
