import { type MetricSource, SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition, AlarmSettings } from './alarm.ts';

const NO_THROTTLE = 'the service publishes it only when it throttles, or as 0';
const NEVER_MISSING =
  'DynamoDB publishes it only when it throttles, and by the API reference CloudWatch keeps the state of an alarm on AWS/DynamoDB without data, whatever the alarm says: it would never end. So metric math puts a 0 there first';

/** Alarms on services that refuse requests because there are too many. */
export function throttlingAlarms(settings: AlarmSettings): AlarmDefinition[] {
  const { tableReadsCapped, tableWritesCapped } = settings;
  return [
    {
      name: 'stream-writes-throttled',
      title: 'The stream refuses what producers put',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.streamWritesThrottled, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'producers put again what was refused, which carries them over a burst of a minute or two; after that they block or lose events',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: NO_THROTTLE,
    },
    {
      name: 'stream-reads-throttled',
      title: 'The stream refuses reads',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.streamReadsThrottled, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'Lambda alone needs one of the five reads a second that a shard allows: others read the same stream, and it has to last to cost freshness',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: NO_THROTTLE,
    },
    {
      name: 'function-throttled',
      title: 'Lambda refuses to run the function',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.functionThrottles, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'the account (or the reserved concurrency) has no room left; the shard waits, and a minute of it passes by itself',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: NO_THROTTLE,
    },
    tableAlarm('reads', 'partition', SERVICE_METRICS.tableReadsThrottledByPartition),
    tableAlarm('writes', 'partition', SERVICE_METRICS.tableWritesThrottledByPartition),
    tableAlarm('reads', 'account', SERVICE_METRICS.tableReadsThrottledByAccount),
    tableAlarm('writes', 'account', SERVICE_METRICS.tableWritesThrottledByAccount),
    ...(tableReadsCapped
      ? [tableAlarm('reads', 'maximum', SERVICE_METRICS.tableReadsThrottledByMaximum)]
      : []),
    ...(tableWritesCapped
      ? [tableAlarm('writes', 'maximum', SERVICE_METRICS.tableWritesThrottledByMaximum)]
      : []),
  ];
}

const CAUSES = {
  partition: 'one partition of it is too hot',
  account: "the account's quota for tables is used up",
  maximum: 'the cap on its units is reached',
} as const;

function tableAlarm(
  requests: 'reads' | 'writes',
  cause: keyof typeof CAUSES,
  metric: MetricSource,
): AlarmDefinition {
  return {
    name: `table-${requests}-throttled-by-${cause}`,
    title: `The table refuses ${requests}, since ${CAUSES[cause]}`,
    severity: 'ticket',
    signal: { type: 'metric', metric, statistic: 'Sum', zeroWithoutData: true },
    condition: { type: 'atLeast', threshold: 1 },
    thresholdReason:
      'a refused request is tried again, and the table splits what is hot within minutes; five minutes on end is not passing. What it does to freshness has alarms that page',
    periodSeconds: 60,
    datapoints: 5,
    periods: 5,
    missingData: 'notBreaching',
    missingDataReason: NEVER_MISSING,
  };
}
