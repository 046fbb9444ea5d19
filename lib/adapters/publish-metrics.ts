import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRICS_NAMESPACE, type MetricDefinition, type MetricName } from '#contracts/metrics.ts';

/** Publishes metrics as one line of the embedded metric format an invocation, which CloudWatch reads from the log. */
export class MetricPublisher<Name extends string = MetricName> {
  readonly #metrics: Metrics;
  readonly #definitions: Readonly<Record<Name, MetricDefinition>>;

  /** `definitions` are those of the function's metrics. */
  constructor(pipeline: string, definitions: Readonly<Record<Name, MetricDefinition>>) {
    this.#definitions = definitions;
    this.#metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: pipeline });
  }

  publish(values: { readonly [Metric in Name]?: number }): void {
    for (const [name, value] of Object.entries(values) as [Name, number][]) {
      const { sparse, unit } = this.#definitions[name];
      if (value !== 0 || sparse !== true) this.#metrics.addMetric(name, unit, value);
    }
    this.#metrics.publishStoredMetrics();
  }
}
