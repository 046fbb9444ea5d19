import { SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

/** Alarms on how much comes in: too much, too little, nothing at all. */
export function volumeAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'incoming-volume',
      title: 'Far more or far fewer records come in than at this time of the week',
      severity: 'ticket',
      signal: {
        type: 'band',
        metric: SERVICE_METRICS.streamIncomingRecords,
        statistic: 'Sum',
        deviations: 3,
      },
      condition: { type: 'outsideBand' },
      thresholdReason:
        'CloudWatch learns the band from up to two weeks, by hour and weekday; three deviations for a quarter of an hour leave out the usual noise',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'breaching',
      missingDataReason:
        'a stream that falls silent publishes nothing, and that is an incident of its producers',
    },
  ];
}
