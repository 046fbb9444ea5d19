import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmDefinition, AlarmSignal } from '#contracts/alarms/alarm.ts';
import { COMPOSITE_ALARM } from '#contracts/alarms.ts';
import { type ResourceNames, toMetric } from './metrics.ts';
import { DeploymentError, type PipelineOptions } from './options.ts';

const OPERATORS = {
  above: ComparisonOperator.GREATER_THAN_THRESHOLD,
  atLeast: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
  outsideBand: ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
} as const;

const MISSING_DATA = {
  breaching: TreatMissingData.BREACHING,
  notBreaching: TreatMissingData.NOT_BREACHING,
  ignore: TreatMissingData.IGNORE,
} as const;

export interface PipelineAlarmsProps {
  readonly definitions: readonly AlarmDefinition[];
  readonly names: ResourceNames;
  readonly topic: ITopic;
  readonly options: PipelineOptions['alarms'];
}

/** The alarms of the registry, and the one that sums up those that page. All tell one topic, going off and coming back. */
export class PipelineAlarms extends Construct {
  readonly byName: ReadonlyMap<string, Alarm>;
  readonly definitions: readonly AlarmDefinition[];
  readonly composite: CompositeAlarm | undefined;

  constructor(scope: Construct, id: string, props: PipelineAlarmsProps) {
    super(scope, id);
    const { definitions, options, topic } = props;
    checkNames(options, definitions);
    const deployed = definitions.filter(({ name }) => !options.without.includes(name));
    this.definitions = deployed;
    this.byName = new Map(deployed.map((definition) => [definition.name, this.#alarm(definition, props)]));
    const pages = deployed.filter(({ severity }) => severity === 'page');
    if (pages.length > 0 && !options.without.includes(COMPOSITE_ALARM.name)) {
      this.composite = new CompositeAlarm(this, COMPOSITE_ALARM.name, {
        alarmDescription: description(COMPOSITE_ALARM.title, COMPOSITE_ALARM.name, options),
        alarmRule: AlarmRule.anyOf(
          ...pages.flatMap(({ name }) => {
            const alarm = this.byName.get(name);
            return alarm === undefined ? [] : [AlarmRule.fromAlarm(alarm, AlarmState.ALARM)];
          }),
        ),
      });
    }
    const action = new SnsAction(topic);
    for (const alarm of [
      ...this.byName.values(),
      ...(this.composite === undefined ? [] : [this.composite]),
    ]) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }

  #alarm(definition: AlarmDefinition, { names, options }: PipelineAlarmsProps): Alarm {
    const { condition, datapoints, missingData, name, periods, severity, signal, title } = definition;
    const common = {
      alarmDescription: description(`${severity}: ${title}`, name, options),
      metric: signalMetric(signal, definition.periodSeconds, names),
      comparisonOperator: OPERATORS[condition.type],
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      treatMissingData: MISSING_DATA[missingData],
    };
    if (condition.type === 'outsideBand') {
      return new AnomalyDetectionAlarm(this, name, {
        ...common,
        ...(signal.type === 'band' && { stdDevs: signal.deviations }),
      });
    }
    return new Alarm(this, name, { ...common, threshold: options.thresholds[name] ?? condition.threshold });
  }
}

function signalMetric(signal: AlarmSignal, periodSeconds: number, names: ResourceNames): IMetric {
  if (signal.type !== 'percentage') {
    const metric = toMetric(signal.metric, names, { periodSeconds, statistic: signal.statistic });
    if (signal.type === 'band' || signal.zeroWithoutData === undefined) return metric;
    return new MathExpression({
      expression: 'FILL(published, 0)',
      usingMetrics: { published: metric },
      label: signal.metric.name,
      period: Duration.seconds(periodSeconds),
    });
  }
  const sum = { periodSeconds, statistic: 'Sum' };
  return new MathExpression({
    expression: `IF(whole >= ${signal.wholeMin}, 100 * part / whole, 0)`,
    usingMetrics: { part: toMetric(signal.part, names, sum), whole: toMetric(signal.whole, names, sum) },
    label: `${signal.part.name} in % of ${signal.whole.name}`,
    period: Duration.seconds(periodSeconds),
  });
}

/** Ends with where to read what to do. */
function description(what: string, name: string, { runbooks }: PipelineOptions['alarms']): string {
  return `${what}. Runbook: ${runbooks}${name}.md`;
}

/** A name that is none would otherwise be an alarm that somebody believes to be off, or to be stricter. */
function checkNames(
  { thresholds, without }: PipelineOptions['alarms'],
  definitions: readonly AlarmDefinition[],
): void {
  const known = new Set([COMPOSITE_ALARM.name, ...definitions.map(({ name }) => name)]);
  const settable = new Set(
    definitions.filter(({ signal }) => signal.type !== 'band').map(({ name }) => name),
  );
  const unknown = without.find((name) => !known.has(name));
  const unsettable = Object.keys(thresholds).find((name) => !settable.has(name));
  if (unknown !== undefined) {
    throw new DeploymentError(`alarms.without: there is no alarm '${unknown}'; docs/alarms.md has the names`);
  }
  if (unsettable !== undefined) {
    throw new DeploymentError(
      `alarms.thresholds: there is no alarm '${unsettable}' with a threshold; docs/alarms.md has the names`,
    );
  }
}
