import { EVENT_SOURCE } from '../event-source.ts';
import { SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition, AlarmSettings } from './alarm.ts';

/** Of the function's timeout, in percent: beyond that, its last commit is no longer safe. */
const DURATION_PERCENT = 90;

/** Alarms on answers that are not up to date, from the function's view and from the stream's. */
export function lagAlarms(settings: AlarmSettings): AlarmDefinition[] {
  const { functionTimeoutSeconds, invocationsMax, streamRetentionHours } = settings;
  const oneInvocationSeconds = functionTimeoutSeconds + EVENT_SOURCE.maxBatchingWindowSeconds;
  return [
    {
      name: 'function-iterator-age',
      title: 'Events wait for minutes before they are aggregated',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.functionIteratorAge, statistic: 'Maximum' },
      condition: { type: 'above', threshold: 2 * functionTimeoutSeconds * 1000 },
      thresholdReason: `an invocation that uses all its time makes the next batch up to ${oneInvocationSeconds} s old; twice the timeout is more than one slow invocation explains`,
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'ignore',
      missingDataReason:
        'it is only published with an invocation: none may mean a quiet stream, or a function that is not called while events wait, which is no recovery',
    },
    {
      name: 'stream-iterator-age',
      title: 'Events are on their way out of the stream before they are aggregated',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.streamIteratorAge, statistic: 'Maximum' },
      condition: { type: 'above', threshold: (streamRetentionHours / 4) * 3_600_000 },
      thresholdReason: `a quarter of the stream's retention (${streamRetentionHours} h): three quarters are left to repair what is wrong and to catch up`,
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'ignore',
      missingDataReason: 'without reads there is no age; stream-unread tells that nobody reads',
    },
    {
      name: 'stream-unread',
      title: 'Nobody reads the stream',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.recordsPolled, statistic: 'SampleCount' },
      condition: { type: 'below', threshold: 1 },
      thresholdReason:
        'the mapping polls every shard about once a second and counts a poll that found nothing as 0, so there are samples whenever it is at work',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'breaching',
      missingDataReason:
        'a mapping that is disabled, deleted or stuck publishes nothing, and that is what this alarm is for',
    },
    {
      name: 'function-duration',
      title: 'Invocations are about to run out of time',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.functionDuration, statistic: 'Maximum' },
      condition: { type: 'above', threshold: functionTimeoutSeconds * 10 * DURATION_PERCENT },
      thresholdReason: `${DURATION_PERCENT} % of the timeout: the function begins its last commit 10 s before its time is up; where that takes longer than a few seconds, the invocation is killed next, and its work is done again`,
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: 'no invocation, no duration',
    },
    {
      name: 'function-concurrency',
      title: 'More invocations run at a time than the stream has shards',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.functionConcurrency, statistic: 'Maximum' },
      condition: { type: 'above', threshold: invocationsMax },
      thresholdReason: `one invocation a shard is all that the mapping starts (parallelization factor ${EVENT_SOURCE.parallelizationFactor}); more for ten minutes is somebody else who calls the function, or a stream with more shards than were declared`,
      periodSeconds: 60,
      datapoints: 10,
      periods: 10,
      missingData: 'notBreaching',
      missingDataReason: 'no invocation, no concurrency',
    },
  ];
}
