import { closeMetric } from '../close-metrics.ts';
import { ownMetric } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function closed(): DashboardSection {
  return {
    question: 'Are windows closed?',
    reading:
      'Finals are as old as the allowed lateness and a minute or two, in a live stream. Events that come after that are late: they are in the answers, beside the finals.',
    graphs: [
      graph('Age of finals', 'ms', [line('oldest', closeMetric('FinalAge'), 'Maximum')], ['finals-stale']),
      graph(
        'Runs of closing',
        'runs',
        [line('done', closeMetric('CloseDuration'), 'SampleCount')],
        ['closing-stopped'],
        300,
      ),
      graph('Windows closed', 'windows', [line('finals', closeMetric('WindowsClosed'))]),
      graph('Late events', 'events', [
        line('late', ownMetric('EventsLate')),
        line('expired', ownMetric('EventsExpired')),
      ]),
    ],
  };
}
