import type { LoadMetricName } from '#contracts/load-metrics.ts';
import type { BatchReport } from './batch-report.ts';

/** What a batch of a pipeline that declares its capacity is measured by, beside the rest. */
export function loadMetricsOf({
  ledger,
  level,
  reduced,
}: Pick<BatchReport, 'ledger' | 'level' | 'reduced'>): { readonly [Metric in LoadMetricName]?: number } {
  return { Level: level, EventsReduced: reduced, EventsHeld: ledger.held };
}
