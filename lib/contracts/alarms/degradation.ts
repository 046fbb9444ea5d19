import { loadMetric } from '../load-metrics.ts';
import type { AlarmDefinition, AlarmSettings } from './alarm.ts';

/** Alarms on what is left out under load, and does not come back as it should. */
export function degradationAlarms({ streamRetentionHours }: AlarmSettings): AlarmDefinition[] {
  return [
    {
      name: 'level-raised',
      title: 'Events or metrics have been left out for half an hour',
      severity: 'ticket',
      signal: { type: 'metric', metric: loadMetric('Level'), statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'a level is for a peak, and answers say what they lack; half an hour on end is a load that shards or capacity are too few for. A level that is raised and falls again takes some four minutes',
      periodSeconds: 300,
      datapoints: 6,
      periods: 6,
      missingData: 'notBreaching',
      missingDataReason:
        'it is published with batches: without events, nothing more is left out, and holes-old tells of what was',
    },
    {
      name: 'holes-old',
      title: 'What was left out is on its way out of the stream before it is added',
      severity: 'page',
      signal: { type: 'metric', metric: loadMetric('HoleAge'), statistic: 'Maximum' },
      condition: { type: 'above', threshold: (streamRetentionHours / 2) * 3_600_000 },
      thresholdReason: `half of the stream's retention (${streamRetentionHours} h): the other half is left to end the overload, or to keep events longer`,
      periodSeconds: 300,
      datapoints: 2,
      periods: 3,
      missingData: 'ignore',
      missingDataReason:
        'it is published with each run of the function repair; none is no recovery, and repair-stopped tells of it',
    },
    {
      name: 'events-lost',
      title: 'What was left out of answers can not be added any more',
      severity: 'page',
      signal: { type: 'metric', metric: loadMetric('EventsLost'), statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'each such event is lacking for good, which nothing but a hole older than the stream, or a definition that was changed while one was open, can do; more may follow',
      periodSeconds: 300,
      datapoints: 1,
      periods: 1,
      missingData: 'notBreaching',
      missingDataReason: 'it is published only where it is not 0; that no run was made, repair-stopped tells',
    },
    {
      name: 'repair-stopped',
      title: 'Nobody adds what was left out',
      severity: 'ticket',
      signal: { type: 'metric', metric: loadMetric('HoleAge'), statistic: 'SampleCount' },
      condition: { type: 'below', threshold: 1 },
      thresholdReason:
        'it runs every minute, for five at most, and tells how old the oldest hole is when it is done, also where there is none',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'breaching',
      missingDataReason: 'a schedule that is disabled, or a function that fails each time, publishes nothing',
    },
  ];
}
