import type { Template } from 'aws-cdk-lib/assertions';

/** A metric as a template or a dashboard names it; dimensions' values as CloudFormation has them. */
export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  readonly statistic: string;
  readonly unit: string | undefined;
}

/** An alarm of a template, with the metrics that it looks at. */
export interface TemplateAlarm {
  /** As in its runbook's name. */
  readonly name: string;
  readonly properties: AlarmProperties;
  readonly metrics: readonly NamedMetric[];
}

export interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly AlarmActions?: readonly unknown[];
  readonly OKActions?: readonly unknown[];
  readonly ComparisonOperator: string;
  readonly DatapointsToAlarm: number;
  readonly EvaluationPeriods: number;
  readonly Threshold?: number;
  readonly ThresholdMetricId?: string;
  readonly TreatMissingData?: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Unit?: string;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly MetricStat?: {
      readonly Metric: Pick<AlarmProperties, 'Namespace' | 'MetricName' | 'Dimensions'>;
      readonly Stat: string;
      readonly Period: number;
      readonly Unit?: string;
    };
  }[];
}

/** All alarms of a template but composite ones. */
export function templateAlarms(template: Template): TemplateAlarm[] {
  const found = template.findResources('AWS::CloudWatch::Alarm') as Record<
    string,
    { Properties: AlarmProperties }
  >;
  return Object.values(found).map(({ Properties: properties }) => {
    const name = /runbooks\/([a-z-]+)\.md$/.exec(properties.AlarmDescription)?.[1] ?? '(no runbook)';
    return { name, properties, metrics: metricsOf(properties) };
  });
}

function metricsOf(properties: AlarmProperties): NamedMetric[] {
  if (properties.Metrics === undefined) {
    return [named(properties, properties.Statistic ?? properties.ExtendedStatistic ?? '', properties.Unit)];
  }
  return properties.Metrics.flatMap(({ MetricStat: stat }) =>
    stat === undefined ? [] : [named(stat.Metric, stat.Stat, stat.Unit)],
  );
}

function named(
  { Dimensions, MetricName, Namespace }: Pick<AlarmProperties, 'Namespace' | 'MetricName' | 'Dimensions'>,
  statistic: string,
  unit: string | undefined,
): NamedMetric {
  return {
    namespace: Namespace ?? '',
    name: MetricName ?? '',
    dimensions: Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
    statistic,
    unit,
  };
}
