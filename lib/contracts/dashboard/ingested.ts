import { ingestMetric } from '../ingest-metrics.ts';
import { SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function ingested(): DashboardSection {
  return {
    question: 'Are clients rid of their events?',
    reading:
      'Over HTTP: what is undelivered was handed back, and its sender tries again. Client errors are bad events, requests beyond a limit, or nobody we know.',
    graphs: [
      graph(
        'Requests a minute',
        'requests',
        [
          line('all', SERVICE_METRICS.ingestRequests),
          line('client errors', SERVICE_METRICS.ingestClientErrors),
          line('server errors', SERVICE_METRICS.ingestServerErrors),
        ],
        ['ingest-errors'],
      ),
      graph('Events of requests', 'events', [
        line('accepted', ingestMetric('IngestAccepted')),
        line('rejected', ingestMetric('IngestRejected')),
        line('undelivered', ingestMetric('IngestUndelivered')),
      ]),
      graph(
        'Duration of requests',
        'ms',
        [
          line('longest', SERVICE_METRICS.ingestLatency, 'Maximum'),
          line('average', SERVICE_METRICS.ingestLatency, 'Average'),
        ],
        ['ingest-latency'],
      ),
      graph(
        'Function ingest: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.ingestThrottles)],
        ['ingest-throttled'],
      ),
    ],
  };
}
