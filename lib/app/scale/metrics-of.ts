import type { ScaleMetricName } from '#contracts/scale-metrics.ts';
import type { ScaleReport } from './scale-stream.ts';

/** What a run publishes. */
export function metricsOf(report: ScaleReport): { readonly [Metric in ScaleMetricName]?: number } {
  const { findings, loadMax, loadMean, moves, shards, unfinished } = report;
  const found = (type: string) => findings.filter((finding) => finding.type === type).length;
  const isDone = unfinished === undefined || unfinished === 'deadline';
  return {
    // Without it, the alarm scaling-failed goes off in the end.
    ...(isDone && { ShardsOpen: shards }),
    ShardLoadMax: percent(loadMax),
    ...(loadMean > 0 && { ShardSkew: percent(loadMax / loadMean) }),
    ShardMoves: moves.length,
    ShardsAtMaximum: found('at_maximum'),
    ShardHotKeys: found('hot_key'),
  };
}

function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
