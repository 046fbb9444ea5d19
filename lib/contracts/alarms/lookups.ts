import { lookupMetric } from '../lookup-metrics.ts';
import { ownMetric } from '../service-metrics.ts';
import type { AlarmDefinition, AlarmSettings } from './alarm.ts';

const ONLY_WITH_EVENTS = 'it is published with batches: without events, nothing is looked up';

/** Alarms on reference data that is not read, or not there; those only that the pipeline's lookups can set off. */
export function lookupAlarms({ lookupDefaults, lookupRejects }: AlarmSettings): AlarmDefinition[] {
  return [STALE, ...(lookupDefaults ? [DEGRADED] : []), ...(lookupRejects ? [REJECTED] : [])];
}

const STALE: AlarmDefinition = {
  name: 'lookups-stale',
  title: 'Events are counted with old entries of a reference table that can not be read',
  severity: 'ticket',
  signal: { type: 'metric', metric: lookupMetric('LookupsStale'), statistic: 'Sum' },
  condition: { type: 'atLeast', threshold: 1 },
  thresholdReason:
    'a table that fails once is asked again ten seconds later; for five minutes on end it is down, slow, or refuses. Old entries are mostly right, and there is time until they are older than staleMax',
  periodSeconds: 60,
  datapoints: 5,
  periods: 5,
  missingData: 'notBreaching',
  missingDataReason: ONLY_WITH_EVENTS,
};

const DEGRADED: AlarmDefinition = {
  name: 'lookups-degraded',
  title: 'Events are counted with values of whenDown, as a reference table can not be read',
  severity: 'page',
  signal: { type: 'metric', metric: lookupMetric('LookupsDegraded'), statistic: 'Sum' },
  condition: { type: 'atLeast', threshold: 1 },
  thresholdReason:
    'what is counted with such values stays so, and each minute adds to it; a single failure of the table is over in ten seconds, which three of five minutes are not',
  periodSeconds: 60,
  datapoints: 3,
  periods: 5,
  missingData: 'notBreaching',
  missingDataReason: ONLY_WITH_EVENTS,
};

const REJECTED: AlarmDefinition = {
  name: 'lookups-rejected',
  title: 'Events are rejected, since a reference table has no entry for them',
  severity: 'ticket',
  signal: {
    type: 'percentage',
    part: lookupMetric('LookupsRejected'),
    whole: ownMetric('EventsReceived'),
    wholeMin: 100,
  },
  condition: { type: 'atLeast', threshold: 1 },
  thresholdReason:
    'single new keys come before their entries; one event in a hundred is a table that was not filled, or a producer with other keys. From 5 % on invalid-rate pages. Below 100 events in a period a percentage means nothing, and dead-letters-age tells',
  periodSeconds: 300,
  datapoints: 2,
  periods: 3,
  missingData: 'notBreaching',
  missingDataReason: ONLY_WITH_EVENTS,
};
