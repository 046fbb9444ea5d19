import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** Every metric of what is left out under load, by name; only of pipelines that declare their capacity. */
export const LOAD_METRICS = {
  Level: {
    unit: 'Count',
    meaning: 'how much is left out: 0 nothing, 1 all but essential metrics, 2 also events of low priority',
  },
  EventsReduced: { unit: 'Count', meaning: 'events that only the essential metrics have got', sparse: true },
  EventsHeld: { unit: 'Count', meaning: 'events of low priority that were left out whole', sparse: true },
  EventsRepaired: {
    unit: 'Count',
    meaning: 'events that were left out, in part or whole, and have been added',
    sparse: true,
  },
  EventsLost: {
    unit: 'Count',
    meaning: 'events that were left out and can not be added any more: their windows lack them for good',
    sparse: true,
  },
  HoleAge: {
    unit: 'Milliseconds',
    meaning: 'from the arrival of the first event of the oldest open hole, to now; 0: there is none',
  },
} as const satisfies Record<string, MetricDefinition>;

export type LoadMetricName = keyof typeof LOAD_METRICS;

/** A metric of these; `service` is the pipeline's name. */
export function loadMetric(name: LoadMetricName): MetricSource {
  const { unit } = LOAD_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
