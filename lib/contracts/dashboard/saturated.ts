import { environmentMetric } from '../environment-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';

export function saturated(): DashboardSection {
  return {
    question: 'What is nearly used up?',
    reading:
      'All functions together: the fullest environment. Caches are dropped from 70 % of the heap on; a service is left alone while its circuit is open.',
    graphs: [
      graph(
        'Heap and memory',
        '%',
        [
          line('heap, after full collections', environmentMetric('HeapUsed'), 'Maximum'),
          line('memory', environmentMetric('MemoryUsed'), 'Maximum'),
          line('/tmp', environmentMetric('TmpUsed'), 'Maximum'),
        ],
        ['heap-near-limit'],
      ),
      graph(
        'Pauses',
        'ms',
        [
          line('garbage collection, longest', environmentMetric('GcPause'), 'Maximum'),
          line('garbage collection, all', environmentMetric('GcTime')),
          line('event loop, longest', environmentMetric('LoopDelay'), 'Maximum'),
        ],
        ['gc-pauses'],
      ),
      graph(
        'Circuits',
        'services',
        [
          line('open', environmentMetric('CircuitsOpen'), 'Maximum'),
          line('opened', environmentMetric('CircuitsOpened')),
        ],
        ['circuit-open'],
      ),
      graph('Calls held back', 'calls', [
        line('not made: circuit open', environmentMetric('CallsRefused')),
        line('throttled', environmentMetric('CallsThrottled')),
        line('writes at a time', environmentMetric('WritesAtATime'), 'Average'),
      ]),
      graph('Connections', 'connections', [
        line('in use', environmentMetric('SocketsOpen'), 'Maximum'),
        line('calls waiting', environmentMetric('SocketsWaiting'), 'Maximum'),
      ]),
      graph('Caches: reads', 'reads', [
        line('found', environmentMetric('CacheHits')),
        line('not found', environmentMetric('CacheMisses')),
      ]),
      graph('Caches: size', 'bytes', [line('largest', environmentMetric('CacheBytes'), 'Maximum')]),
      graph('Environments', 'times', [
        line('cold starts', environmentMetric('ColdStarts')),
        line('caches dropped', environmentMetric('CachesShed')),
      ]),
    ],
  };
}
