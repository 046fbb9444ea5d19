import type { MetricIdentity, StoredStatistic } from './metric-store.ts';

export type Comparison =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'
  | 'LessThanLowerOrGreaterThanUpperThreshold';

/** What an alarm compares, period by period. */
export type WatchedSignal =
  | { readonly type: 'metric'; readonly metric: MetricIdentity; readonly statistic: StoredStatistic }
  | {
      readonly type: 'math';
      readonly expression: string;
      readonly metrics: ReadonlyMap<
        string,
        { readonly metric: MetricIdentity; readonly statistic: StoredStatistic }
      >;
    }
  | {
      readonly type: 'band';
      readonly metric: MetricIdentity;
      readonly statistic: StoredStatistic;
      readonly deviations: number;
    };

/** An alarm as a template defines it, with the names of this machine's resources. */
export interface WatchedAlarm {
  readonly logicalId: string;
  readonly description: string;
  readonly signal: WatchedSignal;
  readonly comparison: Comparison;
  /** None for a band. */
  readonly threshold: number | undefined;
  readonly periodMs: number;
  readonly periods: number;
  readonly datapoints: number;
  readonly missingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
}

/** A composite alarm that is on when any of others is. */
export interface WatchedComposite {
  readonly logicalId: string;
  readonly description: string;
  readonly anyOf: readonly string[];
}

/** What a resource of the template is called here; `attribute` is `undefined` for its `Ref`. */
export type ResolveName = (logicalId: string, attribute: string | undefined) => string;

interface MetricProperties {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface AlarmProperties extends MetricProperties {
  readonly AlarmDescription?: string;
  readonly ComparisonOperator: Comparison;
  readonly Threshold?: number;
  readonly ThresholdMetricId?: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData?: WatchedAlarm['missingData'];
  readonly Statistic?: StoredStatistic;
  readonly ExtendedStatistic?: StoredStatistic;
  readonly Period?: number;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData?: boolean;
    readonly MetricStat?: {
      readonly Metric: MetricProperties;
      readonly Stat: StoredStatistic;
      readonly Period: number;
    };
  }[];
}

/** A synthesized template, as far as it is read here. */
export interface AlarmTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

const BAND = /^ANOMALY_DETECTION_BAND\((\w+), ?([\d.]+)\)$/;

/** The alarms that a template declares. Throws for one that this runtime would not evaluate as CloudWatch does. */
export function alarmsOfTemplate(template: AlarmTemplate, resolve: ResolveName): WatchedAlarm[] {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([logicalId, properties]) => {
    const alarm = properties as AlarmProperties;
    const period = alarm.Period ?? alarm.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period;
    if (period === undefined) throw new Error(`the alarm ${logicalId} has no period`);
    return {
      logicalId,
      description: alarm.AlarmDescription ?? logicalId,
      signal: signalOf(logicalId, alarm, resolve),
      comparison: alarm.ComparisonOperator,
      threshold: alarm.ThresholdMetricId === undefined ? alarm.Threshold : undefined,
      periodMs: period * 1000,
      periods: alarm.EvaluationPeriods,
      datapoints: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
      missingData: alarm.TreatMissingData ?? 'missing',
    };
  });
}

/** The composite alarms that a template declares; rules of `ALARM(…) OR ALARM(…)` only. */
export function compositesOfTemplate(template: AlarmTemplate): WatchedComposite[] {
  return resourcesOf(template, 'AWS::CloudWatch::CompositeAlarm').map(([logicalId, properties]) => {
    const { AlarmDescription, AlarmRule } = properties as { AlarmDescription?: string; AlarmRule: unknown };
    const parts = (AlarmRule as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join']?.[1] ?? [AlarmRule];
    const anyOf: string[] = [];
    const text = parts
      .map((part) => {
        if (typeof part === 'string') return part;
        const [id] = (part as { 'Fn::GetAtt'?: [string, string] })['Fn::GetAtt'] ?? [];
        if (id === undefined) throw new Error(`the rule of ${logicalId} has a part that is no alarm`);
        anyOf.push(id);
        return '#';
      })
      .join('');
    if (!/^\(?ALARM\("#"\)( OR ALARM\("#"\))*\)?$/.test(text)) {
      throw new Error(`the rule of ${logicalId} is more than ALARM(…) OR ALARM(…): ${text}`);
    }
    return { logicalId, description: AlarmDescription ?? logicalId, anyOf };
  });
}

function signalOf(logicalId: string, alarm: AlarmProperties, resolve: ResolveName): WatchedSignal {
  if (alarm.Metrics === undefined) {
    const statistic = alarm.ExtendedStatistic ?? alarm.Statistic ?? 'Average';
    return { type: 'metric', metric: metricOf(alarm, resolve), statistic };
  }
  const metrics = new Map(
    alarm.Metrics.flatMap(({ Id, MetricStat: stat }) =>
      stat === undefined
        ? []
        : [[Id, { metric: metricOf(stat.Metric, resolve), statistic: stat.Stat }] as const],
    ),
  );
  const expressions = alarm.Metrics.filter(({ Expression }) => Expression !== undefined);
  const [only] = expressions;
  if (only?.Expression === undefined || expressions.length > 1) {
    throw new Error(`the alarm ${logicalId} has ${expressions.length} expressions; one can be evaluated`);
  }
  const band = BAND.exec(only.Expression);
  if (band === null) return { type: 'math', expression: only.Expression, metrics };
  const watched = metrics.get(band[1] ?? '');
  if (watched === undefined) throw new Error(`the band of ${logicalId} is of no metric`);
  return { type: 'band', ...watched, deviations: Number(band[2]) };
}

function metricOf(
  { Dimensions, MetricName, Namespace }: MetricProperties,
  resolve: ResolveName,
): MetricIdentity {
  return {
    namespace: Namespace ?? '',
    name: MetricName ?? '',
    dimensions: Object.fromEntries(
      (Dimensions ?? []).map(({ Name, Value }) => [Name, valueOf(Value, resolve)]),
    ),
  };
}

function valueOf(value: unknown, resolve: ResolveName): string {
  if (typeof value === 'string') return value;
  const { 'Fn::GetAtt': attribute, Ref: ref } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (ref !== undefined) return resolve(ref, undefined);
  if (attribute !== undefined) return resolve(...attribute);
  throw new Error(`a dimension is ${JSON.stringify(value)}, which names no resource`);
}

function resourcesOf({ Resources }: AlarmTemplate, type: string): [string, unknown][] {
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([logicalId, { Properties }]) => [logicalId, Properties]);
}
