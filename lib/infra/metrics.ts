import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MeteredResource, MetricSource } from '#contracts/service-metrics.ts';

/** What a stack's parts are called, as their metrics' dimensions say it. */
export type ResourceNames = Readonly<Record<MeteredResource, string>>;

/** A metric of the contracts with the names that this stack's parts have. */
export function toMetric(
  source: MetricSource,
  names: ResourceNames,
  { label, periodSeconds, statistic }: { label?: string; periodSeconds: number; statistic: string },
): Metric {
  return new Metric({
    namespace: source.namespace,
    metricName: source.name,
    dimensionsMap: Object.fromEntries(
      Object.entries(source.dimensions).map(([dimension, resource]) => [dimension, names[resource]]),
    ),
    statistic,
    period: Duration.seconds(periodSeconds),
    ...(label !== undefined && { label }),
  });
}
