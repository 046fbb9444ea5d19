import type { MetricValue } from '#core/metrics/metric-kind.ts';

/** A window that has been closed: its final is written. */
export interface ClosedWindow {
  readonly aggregate: string;
  /** Size of the level's windows, in milliseconds. */
  readonly levelMs: number;
  /** Epoch milliseconds. */
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly groups: number;
  /** The metrics over all groups together. */
  readonly totals: Readonly<Record<string, MetricValue>>;
}

/** Tells others of closed windows, each at least once. Rejects with a `DependencyError` where that fails. */
export interface Announcements {
  announce(windows: readonly ClosedWindow[]): Promise<void>;
}
