import { environmentMetric } from '../environment-metrics.ts';
import type { AlarmDefinition } from './alarm.ts';

const ONLY_WITH_INVOCATIONS =
  'environments tell of themselves in invocations: without them, nothing is used up';

/** Alarms on what the functions run in, before it fails, and on services that they have given up for a while. */
export function saturationAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'circuit-open',
      title: 'A function leaves a service alone, since it failed or was slow',
      severity: 'ticket',
      signal: { type: 'metric', metric: environmentMetric('CircuitsOpen'), statistic: 'Maximum' },
      condition: { type: 'atLeast', threshold: 1 },
      thresholdReason:
        'a circuit probes its service every 30 s at the latest: one that is open for minutes has found it down again and again. What that does to users has alarms that page',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason:
        'the mapping waits longer and longer before it hands out a batch again, so there may be a minute without an invocation: three of five are enough',
    },
    {
      name: 'heap-near-limit',
      title: "A function's heap is nearly full of what it still needs",
      severity: 'ticket',
      signal: { type: 'metric', metric: environmentMetric('HeapUsed'), statistic: 'Maximum' },
      condition: { type: 'above', threshold: 85 },
      thresholdReason:
        'at 70 % all caches are dropped; what lives beyond that is no cache, and a process that reaches 100 % dies with its batch',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason:
        'it is published after full collections, which are frequent where the heap is nearly full',
    },
    {
      name: 'gc-pauses',
      title: 'Garbage collection stops a function for a second and more',
      severity: 'ticket',
      signal: { type: 'metric', metric: environmentMetric('GcPause'), statistic: 'Maximum' },
      condition: { type: 'above', threshold: 1000 },
      thresholdReason:
        'a heap as it should be is collected within some tens of milliseconds; a second is one that is too full, or a function with too little of a processor',
      periodSeconds: 60,
      datapoints: 3,
      periods: 5,
      missingData: 'notBreaching',
      missingDataReason: ONLY_WITH_INVOCATIONS,
    },
  ];
}
