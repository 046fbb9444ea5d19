import type { LoadMetricName } from '#contracts/load-metrics.ts';
import type { RepairReport } from './repair-report.ts';

/** What a run of repair is measured by. */
export function repairMetricsOf(report: RepairReport): { readonly [Metric in LoadMetricName]?: number } {
  return {
    HoleAge: report.oldestHoleMs,
    EventsRepaired: report.heldRepaired + report.reducedRepaired,
    EventsLost: report.lost,
  };
}
