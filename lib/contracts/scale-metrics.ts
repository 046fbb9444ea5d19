import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/** Every metric that the function `scale` publishes, by name. */
export const SCALE_METRICS = {
  ShardsOpen: { unit: 'Count', meaning: 'shards that take records; not of a run that failed' },
  ShardLoadMax: { unit: 'Percent', meaning: 'load of the hottest shard, of what one is to carry at most' },
  ShardSkew: { unit: 'Percent', meaning: 'load of the hottest shard, of the mean of all' },
  ShardMoves: { unit: 'Count', meaning: 'splits and merges', sparse: true },
  ShardsAtMaximum: {
    unit: 'Count',
    meaning: 'hot shards that were not split, since there may be no more',
    sparse: true,
  },
  ShardHotKeys: {
    unit: 'Count',
    meaning: "hot shards that no split helps, since the load is one key's",
    sparse: true,
  },
} as const satisfies Record<string, MetricDefinition>;

export type ScaleMetricName = keyof typeof SCALE_METRICS;

/** A metric that the function `scale` publishes; `service` is the pipeline's name. */
export function scaleMetric(name: ScaleMetricName): MetricSource {
  const { unit } = SCALE_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
