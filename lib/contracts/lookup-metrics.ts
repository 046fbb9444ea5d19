import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** What the function `aggregate` publishes for a pipeline with lookups, beside its other metrics. */
export const LOOKUP_METRICS = {
  LookupsMissing: {
    unit: 'Count',
    meaning: 'lookups that found no entry in the reference table, or one that lacks a field',
  },
  LookupsStale: {
    unit: 'Count',
    meaning: 'lookups answered from memory beyond the ttl, as the reference table could not be read',
  },
  LookupsDegraded: {
    unit: 'Count',
    meaning: 'lookups answered by whenDown, as the reference table could not be read',
  },
  LookupsRejected: {
    unit: 'Count',
    meaning: 'events that were rejected, as a lookup found no entry; only where a definition has it so',
  },
} as const satisfies Record<string, MetricDefinition>;

export type LookupMetricName = keyof typeof LOOKUP_METRICS;

/** A metric of these; `service` is the pipeline's name. */
export function lookupMetric(name: LookupMetricName): MetricSource {
  const { unit } = LOOKUP_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
