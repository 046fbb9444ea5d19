import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** Every metric that the function `ingest` publishes, by name. The one dimension is the pipeline's name, as `service`. */
export const INGEST_METRICS = {
  IngestAccepted: { unit: 'Count', meaning: 'events of requests that are in the stream' },
  IngestRejected: { unit: 'Count', meaning: 'events of requests that were invalid, and handed back' },
  IngestUndelivered: {
    unit: 'Count',
    meaning: 'events of requests that the stream did not take; their sender was told to try again',
  },
} as const satisfies Record<string, MetricDefinition>;

export type IngestMetricName = keyof typeof INGEST_METRICS;

/** A metric that the function `ingest` publishes; `service` is the pipeline's name. */
export function ingestMetric(name: IngestMetricName): MetricSource {
  return {
    namespace: METRICS_NAMESPACE,
    name,
    unit: INGEST_METRICS[name].unit,
    dimensions: { service: 'pipeline' },
  };
}
