import type { Statistic } from '../alarms/alarm.ts';
import type { MetricSource } from '../service-metrics.ts';

/** One line of a graph. */
export interface GraphLine {
  readonly label: string;
  readonly metric: MetricSource;
  readonly statistic: Statistic | 'Average';
  /** Where the graph shows money: US dollars for one of the metric. */
  readonly dollars?: number;
}

export interface Graph {
  readonly title: string;
  /** What the axis counts. */
  readonly axis: string;
  readonly lines: readonly GraphLine[];
  /** Alarms whose thresholds are drawn in it, by name; all of the same unit as its lines. */
  readonly alarms: readonly string[];
  readonly periodSeconds: number;
}

/** A question that an operator asks, and the graphs that answer it. */
export interface DashboardSection {
  readonly question: string;
  /** How to read the answer, in a sentence or two. */
  readonly reading: string;
  readonly graphs: readonly Graph[];
}

export function graph(
  title: string,
  axis: string,
  lines: readonly GraphLine[],
  alarms: readonly string[] = [],
  periodSeconds = 60,
): Graph {
  return { title, axis, lines, alarms, periodSeconds };
}

export function line(
  label: string,
  metric: MetricSource,
  statistic: GraphLine['statistic'] = 'Sum',
): GraphLine {
  return { label, metric, statistic };
}
