import { SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function throttled(): DashboardSection {
  return {
    question: 'What is throttled?',
    reading: 'All of it is 0 on a good day. What is refused for a minute comes again by itself.',
    graphs: [
      graph(
        'Stream: refused',
        'records, reads',
        [
          line('writes', SERVICE_METRICS.streamWritesThrottled),
          line('reads', SERVICE_METRICS.streamReadsThrottled),
        ],
        ['stream-writes-throttled', 'stream-reads-throttled'],
      ),
      graph(
        'Function: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.functionThrottles)],
        ['function-throttled'],
      ),
      graph(
        'Table: refused, by cause',
        'requests',
        [
          line('reads: hot partition', SERVICE_METRICS.tableReadsThrottledByPartition),
          line('writes: hot partition', SERVICE_METRICS.tableWritesThrottledByPartition),
          line('reads: cap', SERVICE_METRICS.tableReadsThrottledByMaximum),
          line('writes: cap', SERVICE_METRICS.tableWritesThrottledByMaximum),
          line('reads: account', SERVICE_METRICS.tableReadsThrottledByAccount),
          line('writes: account', SERVICE_METRICS.tableWritesThrottledByAccount),
        ],
        [
          'table-reads-throttled-by-partition',
          'table-writes-throttled-by-partition',
          'table-reads-throttled-by-maximum',
          'table-writes-throttled-by-maximum',
          'table-reads-throttled-by-account',
          'table-writes-throttled-by-account',
        ],
      ),
    ],
  };
}
