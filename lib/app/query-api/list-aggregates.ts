import type { Aggregate, AggregateWindow, Metric, Pipeline } from '#core/pipeline/pipeline.ts';
import { formatDuration } from '#core/time/duration.ts';
import { sizesOf } from './levels.ts';
import { kindParts, metricValues } from './metric-values.ts';

/** What can be asked for: the pipeline's aggregates, as JSON; an aggregate and a metric a line. */
export function listAggregates(pipeline: Pipeline): string {
  const aggregates = pipeline.aggregates.map((each) => `\n${toListed(each)}`).join(',');
  return `{"pipeline":${JSON.stringify(pipeline.name)},"aggregates":[${aggregates}]}\n`;
}

function toListed(aggregate: Aggregate): string {
  const { groupBy, groupsMax, metrics, name, where, window } = aggregate;
  const about = JSON.stringify({
    name,
    groupBy,
    filtered: where !== undefined,
    window: toListedWindow(window),
    levels: sizesOf(aggregate),
    groupsMax,
  });
  const listed = metrics.map((metric) => `\n${JSON.stringify(toListedMetric(metric))}`).join(',');
  return `${about.slice(0, -1)},"metrics":[${listed}]}`;
}

function toListedWindow(window: AggregateWindow) {
  if (window.type === 'session') {
    const [gap, longest] = [formatDuration(window.sizeMs), formatDuration(window.longestMs)];
    return { type: window.type, gap, longest };
  }
  const [size, every] = [formatDuration(window.sizeMs), formatDuration(window.everyMs)];
  return { type: window.type, size, every };
}

function toListedMetric({ by, field, kind, name, where }: Metric) {
  const { name: kindName, params } = kindParts(kind);
  const { isExact } = metricValues(kind);
  return {
    ...{ name, kind: kindName, params, field: field ?? null, by: by ?? null },
    ...{ filtered: where !== undefined, exact: isExact },
  };
}
