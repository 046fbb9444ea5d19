import { closeMetric } from '../close-metrics.ts';
import type { AlarmDefinition, AlarmSettings } from './alarm.ts';

const BEYOND_LATENESS_MINUTES = 15;

/** The one alarm that goes all the way: what is put shows in the table, or does not. */
function answersStale({ functionTimeoutSeconds }: AlarmSettings): AlarmDefinition {
  return {
    name: 'answers-stale',
    title: 'What is put into the stream takes minutes to show in the table',
    severity: 'page',
    signal: { type: 'metric', metric: closeMetric('Freshness'), statistic: 'Maximum' },
    condition: { type: 'above', threshold: 2 * functionTimeoutSeconds * 1000 },
    thresholdReason:
      'twice the timeout of the function is more than one slow invocation explains, in whichever shard is the slowest',
    periodSeconds: 60,
    datapoints: 5,
    periods: 5,
    missingData: 'breaching',
    missingDataReason:
      'a table that can not be read, or canaries that nobody puts, are no sign of fresh answers',
  };
}

/** Alarms on answers that do not follow the stream, and on windows that do not become final. */
export function closingAlarms(settings: AlarmSettings): AlarmDefinition[] {
  const { allowedLatenessSeconds, canary } = settings;
  return [
    ...(canary ? [answersStale(settings)] : []),
    {
      name: 'finals-stale',
      title: 'Windows that are over do not become final',
      severity: 'page',
      signal: { type: 'metric', metric: closeMetric('FinalAge'), statistic: 'Maximum' },
      condition: {
        type: 'above',
        threshold: (allowedLatenessSeconds + BEYOND_LATENESS_MINUTES * 60) * 1000,
      },
      thresholdReason: `the allowed lateness and ${BEYOND_LATENESS_MINUTES} minutes: idle shards and a stream that stands still hold it up by two minutes at most, so a shard is stuck`,
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'ignore',
      missingDataReason:
        'it is published with each run while events arrive soon after they happen; closing-stopped tells that nothing runs',
    },
    {
      name: 'closing-stopped',
      title: 'Nobody closes windows',
      severity: 'ticket',
      signal: { type: 'metric', metric: closeMetric('CloseDuration'), statistic: 'SampleCount' },
      condition: { type: 'below', threshold: 1 },
      thresholdReason: 'it runs every minute, and tells how long it took when it is done',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'breaching',
      missingDataReason: 'a schedule that is disabled, or a function that fails each time, publishes nothing',
    },
  ];
}
