import { lookupMetric } from '../lookup-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function lookedUp(): DashboardSection {
  return {
    question: 'Is reference data there?',
    reading:
      'What is counted with an old entry or with the values of whenDown stays so. Where a lookup waits for its table instead, batches are handed back: see what failed.',
    graphs: [
      graph(
        'Lookups while a table can not be read',
        'lookups',
        [
          line('old entry', lookupMetric('LookupsStale')),
          line('values of whenDown', lookupMetric('LookupsDegraded')),
        ],
        ['lookups-stale', 'lookups-degraded'],
      ),
      graph('Lookups without an entry', 'lookups', [line('no entry', lookupMetric('LookupsMissing'))]),
      graph(
        'Events rejected without an entry',
        'events',
        [line('rejected', lookupMetric('LookupsRejected'))],
        ['lookups-rejected'],
        300,
      ),
    ],
  };
}
