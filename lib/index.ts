/** What a pipeline's file needs: no AWS, no I/O. The producer is apart, in `weir/producer`. */

export type { ByteReader } from '#core/bytes/byte-reader.ts';
export type { ByteWriter } from '#core/bytes/byte-writer.ts';
export type { EventOrder } from '#core/metrics/event-order.ts';
export type { MetricValue, Scalar } from '#core/metrics/metric-kind.ts';
export type { MetricDefinition, OwnMetricOptions } from '#core/pipeline/define-metric.ts';
export { defineMetric } from '#core/pipeline/define-metric.ts';
export type { AggregateSpec, PipelineSpec } from '#core/pipeline/define-pipeline.ts';
export { definePipeline } from '#core/pipeline/define-pipeline.ts';
export { DefinitionError } from '#core/pipeline/definition-error.ts';
export type { LookupSpec } from '#core/pipeline/lookup-spec.ts';
export type {
  DistinctOptions,
  MetricOptions,
  MetricSpec,
  QuantileOptions,
  TopKOptions,
} from '#core/pipeline/metrics.ts';
export {
  count,
  distinct,
  first,
  histogram,
  last,
  max,
  maxBy,
  mean,
  min,
  minBy,
  quantile,
  quantiles,
  rate,
  stddev,
  sum,
  topK,
  variance,
} from '#core/pipeline/metrics.ts';
export type {
  Aggregate,
  Capacity,
  EventTime,
  GroupValue,
  Metric,
  Pipeline,
  Priority,
} from '#core/pipeline/pipeline.ts';
export type { SessionOptions, WindowSpec } from '#core/pipeline/windows.ts';
export { hopping, session, tumbling } from '#core/pipeline/windows.ts';
