/** What a pipeline's file needs: no AWS, no I/O. The producer is apart, in `weir/producer`. */

export type { AggregateSpec, PipelineSpec } from '#core/pipeline/define-pipeline.ts';
export { definePipeline } from '#core/pipeline/define-pipeline.ts';
export { DefinitionError } from '#core/pipeline/definition-error.ts';
export type { MetricOptions, MetricSpec } from '#core/pipeline/metrics.ts';
export { count, max, mean, min, stddev, sum } from '#core/pipeline/metrics.ts';
export type { Aggregate, EventTime, GroupValue, Metric, Pipeline } from '#core/pipeline/pipeline.ts';
export type { WindowSpec } from '#core/pipeline/windows.ts';
export { tumbling } from '#core/pipeline/windows.ts';
