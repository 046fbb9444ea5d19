import { SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

const ONLY_WITH_REQUESTS = 'it is published with requests: without them, nothing is wrong';

/** Alarms on values that clients do not get over HTTP. */
export function queryAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'query-errors',
      title: 'The query API does not answer what clients ask',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.queryServerErrors, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'a single 503 is a moment of the table, and clients ask again; minutes of it are a table that can not be read, a function that fails, or no concurrency, and whoever looks at the values sees none',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WITH_REQUESTS,
    },
    {
      name: 'query-latency',
      title: 'Answers of the query API take many seconds',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.queryLatency, statistic: 'p99' },
      condition: { type: 'above', threshold: 5000 },
      thresholdReason:
        'an answer takes tenths of a second, one of many windows and groups a few seconds, and a cold start one more; reading ends at 24 s, with a cursor for the rest. With less than a hundred requests in a minute it is the slowest of them',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WITH_REQUESTS,
    },
    {
      name: 'query-throttled',
      title: 'Lambda refuses to run the function behind the query API',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.queryThrottles, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'each request in flight needs an invocation; clients get an error and ask again, which ends a short burst. What it does to them has the alarm query-errors, which pages',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: 'the service publishes it only when it throttles, or as 0',
    },
  ];
}
