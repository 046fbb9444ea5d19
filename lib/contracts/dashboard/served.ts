import { closeMetric } from '../close-metrics.ts';
import { duplicateMetric } from '../duplicate-metrics.ts';
import { ownMetric, SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';
import type { DashboardSettings } from './settings.ts';

export function served({ canary, duplicates }: DashboardSettings): DashboardSection {
  return {
    question: 'Are users served?',
    reading:
      'Answers are as fresh as the lag of the last events, and complete where received and aggregated lie on each other.',
    graphs: [
      graph('Freshness: from arrival to answer', 'ms', [
        line('slowest batch', ownMetric('EventLag'), 'Maximum'),
        line('average', ownMetric('EventLag'), 'Average'),
      ]),
      ...(canary
        ? [
            graph(
              'Freshness: from put to read',
              'ms',
              [line('slowest shard', closeMetric('Freshness'), 'Maximum')],
              ['answers-stale'],
            ),
          ]
        : []),
      graph('Events a minute', 'events', [
        line('received', ownMetric('EventsReceived')),
        line('aggregated', ownMetric('EventsAggregated')),
        line('invalid', ownMetric('EventsInvalid')),
        ...(duplicates
          ? [
              line('duplicate', duplicateMetric('EventsDuplicate')),
              line('ids forgotten early', duplicateMetric('IdsForgotten')),
            ]
          : []),
      ]),
      graph(
        'Coming in',
        'records',
        [line('records', SERVICE_METRICS.streamIncomingRecords)],
        ['incoming-volume'],
        300,
      ),
    ],
  };
}
