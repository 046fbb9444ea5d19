import { loadMetric } from '../load-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function leftOut(): DashboardSection {
  return {
    question: 'What is left out under load?',
    reading:
      'At level 1 only essential metrics get the events, at 2 events of low priority wait whole. The function repair adds it when the lag is gone, as long as the stream still has it.',
    graphs: [
      graph('Level', 'level', [line('highest shard', loadMetric('Level'), 'Maximum')], ['level-raised'], 300),
      graph('Events left out, and added', 'events', [
        line('only essential metrics', loadMetric('EventsReduced')),
        line('left out whole', loadMetric('EventsHeld')),
        line('added later', loadMetric('EventsRepaired')),
      ]),
      graph('Age of holes', 'ms', [line('oldest', loadMetric('HoleAge'), 'Maximum')], ['holes-old'], 300),
      graph(
        'Runs of repair',
        'runs',
        [line('done', loadMetric('HoleAge'), 'SampleCount')],
        ['repair-stopped'],
        300,
      ),
      graph(
        'Events lost to repair',
        'events',
        [line('lost', loadMetric('EventsLost'))],
        ['events-lost'],
        300,
      ),
    ],
  };
}
