import { SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function answered(): DashboardSection {
  return {
    question: 'Do clients get answers?',
    reading:
      'Over HTTP. Server errors are a table that can not be read, or a function that is not run; client errors are wrong questions, requests beyond a limit, or nobody we know.',
    graphs: [
      graph(
        'Questions a minute',
        'requests',
        [
          line('all', SERVICE_METRICS.queryRequests),
          line('client errors', SERVICE_METRICS.queryClientErrors),
          line('server errors', SERVICE_METRICS.queryServerErrors),
        ],
        ['query-errors'],
      ),
      graph(
        'Duration of answers',
        'ms',
        [
          line('99 of 100 are faster', SERVICE_METRICS.queryLatency, 'p99'),
          line('average', SERVICE_METRICS.queryLatency, 'Average'),
        ],
        ['query-latency'],
      ),
      graph(
        'Function query: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.queryThrottles)],
        ['query-throttled'],
      ),
    ],
  };
}
