import { ownMetric, SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function failed(): DashboardSection {
  return {
    question: 'What failed?',
    reading:
      'Rejected events wait in the dead-letter queue with their reason; records that were given up are named in the failure queue.',
    graphs: [
      graph(
        'Invocations that failed',
        'invocations',
        [
          line('crashes and timeouts', SERVICE_METRICS.functionErrors),
          line('handed back', ownMetric('BatchesUnfinished')),
        ],
        ['function-errors', 'batches-unfinished'],
      ),
      graph('Invalid events', 'events', [line('invalid', ownMetric('EventsInvalid'))], ['invalid-rate'], 300),
      graph(
        'Dead-letter queue',
        'events',
        [line('waiting', SERVICE_METRICS.deadLetters, 'Maximum')],
        ['dead-letters-depth'],
      ),
      graph(
        'Dead-letter queue: age',
        's',
        [line('oldest', SERVICE_METRICS.deadLetterAge, 'Maximum')],
        ['dead-letters-age'],
        300,
      ),
      graph(
        'Given up by the mapping',
        'records',
        [
          line('word sent', SERVICE_METRICS.recordsGivenUp),
          line('without a trace', SERVICE_METRICS.recordsDropped),
          line('word lost (batches)', SERVICE_METRICS.destinationFailures),
        ],
        ['records-given-up', 'records-dropped', 'destination-failures'],
      ),
      graph(
        'Failure queue',
        'batches',
        [line('waiting', SERVICE_METRICS.failedBatches, 'Maximum')],
        ['failure-queue-depth'],
      ),
    ],
  };
}
