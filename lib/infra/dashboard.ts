import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { DashboardSection, Graph, GraphLine } from '#contracts/dashboard/graph.ts';
import type { PipelineAlarms } from './alarms.ts';
import { type ResourceNames, toMetric } from './metrics.ts';

/** CloudWatch's grid is 24 wide: three graphs a row. */
const GRID_WIDTH = 24;
const GRAPHS_A_ROW = 3;
const GRAPH_HEIGHT = 6;
const HEADING_HEIGHT = 2;
const ALARMS_HEIGHT = 4;

export interface PipelineDashboardProps {
  readonly pipeline: string;
  readonly sections: readonly DashboardSection[];
  readonly names: ResourceNames;
  readonly alarms: PipelineAlarms;
}

/** The dashboard of the registry: for each question a heading and its graphs, below the first the state of all alarms. */
export function pipelineDashboard(scope: Construct, id: string, props: PipelineDashboardProps): Dashboard {
  const dashboard = new Dashboard(scope, id, {
    defaultInterval: Duration.hours(3),
    periodOverride: PeriodOverride.INHERIT,
  });
  props.sections.forEach((section, i) => {
    dashboard.addWidgets(heading(section));
    if (i === 0 && props.alarms.byName.size > 0) dashboard.addWidgets(alarmStates(props));
    for (let from = 0; from < section.graphs.length; from += GRAPHS_A_ROW) {
      const row = section.graphs.slice(from, from + GRAPHS_A_ROW);
      dashboard.addWidgets(...row.map((graph) => graphWidget(graph, GRID_WIDTH / row.length, props)));
    }
  });
  return dashboard;
}

function heading({ question, reading }: DashboardSection): IWidget {
  return new TextWidget({
    markdown: `## ${question}\n${reading}`,
    width: GRID_WIDTH,
    height: HEADING_HEIGHT,
  });
}

function alarmStates({ alarms, pipeline }: PipelineDashboardProps): IWidget {
  const all = [...(alarms.composite === undefined ? [] : [alarms.composite]), ...alarms.byName.values()];
  return new AlarmStatusWidget({
    title: `Alarms of ${pipeline}`,
    alarms: all,
    width: GRID_WIDTH,
    height: ALARMS_HEIGHT,
  });
}

function graphWidget(graph: Graph, width: number, { alarms, names }: PipelineDashboardProps): IWidget {
  return new GraphWidget({
    title: graph.title,
    left: graph.lines.map((line) => lineMetric(line, graph.periodSeconds, names)),
    leftYAxis: { label: graph.axis, min: 0, showUnits: false },
    // A band and a percentage are no lines in the units of the graph.
    leftAnnotations: alarms.definitions
      .filter(({ name, signal }) => signal.type === 'metric' && graph.alarms.includes(name))
      .flatMap(({ name }) => alarms.byName.get(name)?.toAnnotation() ?? []),
    stacked: graph.lines.some(({ dollars }) => dollars !== undefined),
    width,
    height: GRAPH_HEIGHT,
  });
}

function lineMetric(line: GraphLine, periodSeconds: number, names: ResourceNames): IMetric {
  const { dollars, label, metric, statistic } = line;
  if (dollars === undefined) return toMetric(metric, names, { label, periodSeconds, statistic });
  const id = `usage_${label.replaceAll(/\W+/g, '_')}`;
  return new MathExpression({
    // Metric math has no exponents: 5e-10 would be a metric named e.
    expression: `${id} * ${dollars.toFixed(12)}`,
    usingMetrics: { [id]: toMetric(metric, names, { periodSeconds, statistic }) },
    label,
    period: Duration.seconds(periodSeconds),
  });
}
