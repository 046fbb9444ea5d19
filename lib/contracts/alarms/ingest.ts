import { SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

const ONLY_WITH_REQUESTS = 'it is published with requests: without them, nothing is wrong';

/** Alarms on events that clients can not get rid of over HTTP. */
export function ingestAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'ingest-errors',
      title: 'The ingest API does not take what clients send',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.ingestServerErrors, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'the function tries for seconds before it answers 503, and clients send again; minutes of it are a stream that can not be reached, a function that fails, or no concurrency, and clients hold what they can not send',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WITH_REQUESTS,
    },
    {
      name: 'ingest-latency',
      title: 'Requests to the ingest API take many seconds',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.ingestLatency, statistic: 'Maximum' },
      condition: { type: 'above', threshold: 6000 },
      thresholdReason:
        'attempts at a stream that answers end within three seconds, and a cold start takes one; what takes twice that long waits for a stream that hangs, and at 25 s the function is killed',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WITH_REQUESTS,
    },
    {
      name: 'ingest-throttled',
      title: 'Lambda refuses to run the function behind the ingest API',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.ingestThrottles, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'each request in flight needs an invocation; clients get an error and send again, which ends a short burst. What it does to them has the alarm ingest-errors, which pages',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: 'the service publishes it only when it throttles, or as 0',
    },
  ];
}
