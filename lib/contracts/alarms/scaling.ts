import { scaleMetric } from '../scale-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

const RUNS_TELL = 'it is published only where it is not 0; that no run could be made, scaling-failed tells';

/** Alarms on a stream whose shards are split and merged by its load. */
export function scalingAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'scaling-failed',
      title: 'Nobody looks after the shards',
      severity: 'ticket',
      signal: { type: 'metric', metric: scaleMetric('ShardsOpen'), statistic: 'SampleCount' },
      condition: { type: 'below', threshold: 1 },
      thresholdReason:
        'it runs every minute, and tells how many shards there are when it could do what it wanted; a single refusal is made up for a minute later',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'breaching',
      missingDataReason: 'a schedule that is disabled, or a function that fails each time, publishes nothing',
    },
    {
      name: 'shards-at-maximum',
      title: 'Shards are hot, and there may be no more of them',
      severity: 'ticket',
      signal: { type: 'metric', metric: scaleMetric('ShardsAtMaximum'), statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'a shard is hot from 70 % of what it takes: nothing is refused yet, and stream-writes-throttled pages when it is; five minutes of it are not a burst',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: RUNS_TELL,
    },
    {
      name: 'hot-partition-key',
      title: 'A shard is hot with one partition key, and no split helps',
      severity: 'ticket',
      signal: { type: 'metric', metric: scaleMetric('ShardHotKeys'), statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'only its producer can spread a key, and one that is hot for five minutes will be again; stream-writes-throttled pages when records are refused',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: RUNS_TELL,
    },
  ];
}
