import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRICS, METRICS_NAMESPACE, type MetricName } from '#contracts/metrics.ts';

/** Publishes metrics as one line of the embedded metric format an invocation, which CloudWatch reads from the log. */
export class MetricPublisher {
  readonly #metrics: Metrics;

  constructor(pipeline: string) {
    this.#metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: pipeline });
  }

  publish(values: { readonly [Name in MetricName]?: number }): void {
    for (const [name, value] of Object.entries(values) as [MetricName, number][]) {
      this.#metrics.addMetric(name, METRICS[name].unit, value);
    }
    this.#metrics.publishStoredMetrics();
  }
}
