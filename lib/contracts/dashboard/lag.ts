import { ownMetric, SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function lag(): DashboardSection {
  return {
    question: 'Where is the lag?',
    reading:
      "Age that grows in the stream but not at the function: it is not called. At both: it can't keep up, see duration.",
    graphs: [
      graph(
        'Age of what the function gets',
        'ms',
        [line('oldest', SERVICE_METRICS.functionIteratorAge, 'Maximum')],
        ['function-iterator-age'],
      ),
      graph(
        'Age of what is read from the stream',
        'ms',
        [line('oldest', SERVICE_METRICS.streamIteratorAge, 'Maximum')],
        ['stream-iterator-age'],
      ),
      graph(
        'Duration of invocations',
        'ms',
        [
          line('longest', SERVICE_METRICS.functionDuration, 'Maximum'),
          line('average', SERVICE_METRICS.functionDuration, 'Average'),
        ],
        ['function-duration'],
      ),
      graph(
        'Invocations at a time',
        'invocations',
        [line('most', SERVICE_METRICS.functionConcurrency, 'Maximum')],
        ['function-concurrency'],
      ),
      graph(
        'Polls of the stream',
        'polls',
        [line('polls', SERVICE_METRICS.recordsPolled, 'SampleCount')],
        ['stream-unread'],
        300,
      ),
      graph('Work of the commits', 'writes', [
        line('commits', ownMetric('Commits')),
        line('folds', ownMetric('Folds')),
        line('conflicts', ownMetric('Conflicts')),
      ]),
    ],
  };
}
