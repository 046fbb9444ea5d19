import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** Every metric that the function `close` publishes, by name. */
export const CLOSE_METRICS = {
  WindowsClosed: { unit: 'Count', meaning: 'finals written, at all levels' },
  FinalAge: {
    unit: 'Milliseconds',
    meaning: 'from the event time up to which windows are final, to now; not of a replay',
  },
  Freshness: {
    unit: 'Milliseconds',
    meaning: 'from when the stream takes a canary to when a reader can see it, in the slowest shard',
  },
  CloseDuration: { unit: 'Milliseconds', meaning: 'time a run of closing took' },
  CloseConflicts: { unit: 'Count', meaning: 'runs of closing that another writer was ahead of' },
} as const satisfies Record<string, MetricDefinition>;

export type CloseMetricName = keyof typeof CLOSE_METRICS;

/** A metric that the function `close` publishes; `service` is the pipeline's name. */
export function closeMetric(name: CloseMetricName): MetricSource {
  const { unit } = CLOSE_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
