import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MeteredResource, MetricSource } from '#contracts/service-metrics.ts';

/** What a stack's parts are called, as their metrics' dimensions say it; without those that it does not have. */
export type ResourceNames = Readonly<Partial<Record<MeteredResource, string>>>;

/** A metric of the contracts with the names that this stack's parts have. Throws where it has no such part. */
export function toMetric(
  source: MetricSource,
  names: ResourceNames,
  { label, periodSeconds, statistic }: { label?: string; periodSeconds: number; statistic: string },
): Metric {
  return new Metric({
    namespace: source.namespace,
    metricName: source.name,
    dimensionsMap: Object.fromEntries(
      Object.entries(source.dimensions).map(([dimension, resource]) => [dimension, nameOf(resource, names)]),
    ),
    statistic,
    period: Duration.seconds(periodSeconds),
    ...(label !== undefined && { label }),
  });
}

function nameOf(resource: MeteredResource, names: ResourceNames): string {
  const name = names[resource];
  if (name === undefined) throw new Error(`the stack has no ${resource}, but a metric of one is to be shown`);
  return name;
}
