import type { CloseMetricName } from '#contracts/close-metrics.ts';
import type { MetricName } from '#contracts/metrics.ts';

/** What the function has told of its work so far, in embedded metric format. */
export interface LiveCounts {
  readonly received: number;
  readonly aggregated: number;
  readonly invalid: number;
  readonly late: number;
  readonly windowsClosed: number;
  /** From the arrival of the newest batch's last record to its commit. */
  readonly lagMs: number;
}

/**
 * Adds up the function's metrics. Good for looking on: an invocation that is killed after its commit does not tell of
 * it, so the ledger may know more.
 */
export class MetricCounts implements LiveCounts {
  received = 0;
  aggregated = 0;
  invalid = 0;
  late = 0;
  windowsClosed = 0;
  lagMs = 0;

  add(blob: object): void {
    this.received += valueOf(blob, 'EventsReceived');
    this.aggregated += valueOf(blob, 'EventsAggregated');
    this.invalid += valueOf(blob, 'EventsInvalid');
    this.late += valueOf(blob, 'EventsLate');
    this.windowsClosed += valueOf(blob, 'WindowsClosed');
    if ('EventLag' in blob) this.lagMs = valueOf(blob, 'EventLag');
  }
}

/** A metric that was added several times is a list. */
function valueOf(blob: object, name: MetricName | CloseMetricName): number {
  const value = (blob as Record<string, unknown>)[name];
  const values = Array.isArray(value) ? value : [value];
  return values.reduce((sum: number, part) => sum + (typeof part === 'number' ? part : 0), 0);
}
