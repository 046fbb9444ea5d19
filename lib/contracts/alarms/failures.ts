import { ownMetric, SERVICE_METRICS } from '../service-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

const ONLY_WHEN_INVOKED = 'it is published with invocations: without them, nothing fails';
const ONLY_WHEN_IT_HAPPENS = 'it is published when it happens';
const QUEUE_FALLS_ASLEEP =
  'SQS stops publishing after six hours without a call to the queue, though messages are in it: what was true then still is';

/** Alarms on work that fails, and on events that are in no aggregate. */
export function failureAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'function-errors',
      title: 'The function crashes or runs out of time',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.functionErrors, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'a dependency that fails is no error of the function; what is one is a bug, or an event that kills it. A single crash is retried, and says nothing',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WHEN_INVOKED,
    },
    {
      name: 'batches-unfinished',
      title: 'Batches are handed back because a dependency fails',
      severity: 'ticket',
      signal: { type: 'metric', metric: ownMetric('BatchesUnfinished'), statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'an unfinished batch comes again; for five minutes on end, a service that it needs is down, or refuses. No error of the function shows it',
      periodSeconds: 60,
      datapoints: 5,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WHEN_INVOKED,
    },
    {
      name: 'invalid-rate',
      title: 'Many events are rejected as invalid',
      severity: 'page',
      signal: {
        type: 'percentage',
        part: ownMetric('EventsInvalid'),
        whole: ownMetric('EventsReceived'),
        wholeMin: 100,
      },
      condition: { type: 'atLeast', threshold: 5 },
      thresholdReason:
        'single bad events are expected; one in twenty is a producer or a schema that changed, and answers miss what was rejected. Below 100 events in a period a percentage means nothing',
      periodSeconds: 300,
      datapoints: 2,
      periods: 3,
      missingData: 'notBreaching',
      missingDataReason: 'without events there is nothing to reject',
    },
    {
      name: 'dead-letters-depth',
      title: 'The dead-letter queue fills up',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.deadLetters, statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1000 },
      thresholdReason:
        'a thousand rejected events are no accident any more, even where they are few among many; each is missing in the answers',
      periodSeconds: 60,
      datapoints: 3,
      periods: 3,
      missingData: 'ignore',
      missingDataReason: QUEUE_FALLS_ASLEEP,
    },
    {
      name: 'dead-letters-age',
      title: 'Rejected events wait for somebody to look at them',
      severity: 'ticket',
      signal: { type: 'metric', metric: SERVICE_METRICS.deadLetterAge, statistic: 'Maximum' },
      condition: { type: 'above', threshold: 4 * 3600 },
      thresholdReason:
        'four hours: the queue keeps them for 14 days, but after six quiet hours SQS stops to tell their age, so a later threshold might never fire',
      periodSeconds: 300,
      datapoints: 3,
      periods: 3,
      missingData: 'ignore',
      missingDataReason: QUEUE_FALLS_ASLEEP,
    },
    {
      name: 'failure-queue-depth',
      title: 'The mapping gave up records, and nobody has dealt with it',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.failedBatches, statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'each message is a batch that left the stream without being aggregated; with unlimited retries there is none unless something is very wrong',
      periodSeconds: 60,
      datapoints: 1,
      periods: 1,
      missingData: 'ignore',
      missingDataReason: QUEUE_FALLS_ASLEEP,
    },
    {
      name: 'records-given-up',
      title: 'The mapping gives up records and sends word of it to the failure queue',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.recordsGivenUp, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason: 'the mapping retries without limit: not one record should ever be given up',
      periodSeconds: 60,
      datapoints: 1,
      periods: 1,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WHEN_IT_HAPPENS,
    },
    {
      name: 'records-dropped',
      title: 'The mapping gives up records without a trace',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.recordsDropped, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'records-given-up leaves out what the failure queue did not take: this is that rest, and it should be none',
      periodSeconds: 60,
      datapoints: 1,
      periods: 1,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WHEN_IT_HAPPENS,
    },
    {
      name: 'destination-failures',
      title: 'Lambda can not reach the failure queue',
      severity: 'page',
      signal: { type: 'metric', metric: SERVICE_METRICS.destinationFailures, statistic: 'Sum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason: 'once is enough: records were given up, and the only note of which ones was lost',
      periodSeconds: 60,
      datapoints: 1,
      periods: 1,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WHEN_IT_HAPPENS,
    },
  ];
}
