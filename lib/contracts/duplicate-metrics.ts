import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** What the function `aggregate` publishes for a pipeline that tells duplicates, beside its other metrics. */
export const DUPLICATE_METRICS = {
  EventsDuplicate: {
    unit: 'Count',
    meaning: 'events that are copies of others, and in no aggregate',
  },
  IdsForgotten: {
    unit: 'Count',
    meaning:
      'ids of events that are not looked for any more, though their horizon has not passed: there were too many, or their items had expired',
  },
} as const satisfies Record<string, MetricDefinition>;

/** A metric of these; `service` is the pipeline's name. */
export function duplicateMetric(name: keyof typeof DUPLICATE_METRICS): MetricSource {
  const { unit } = DUPLICATE_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
