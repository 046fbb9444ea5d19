import { METRICS_NAMESPACE, type MetricDefinition } from './metrics.ts';
import type { MetricSource } from './service-metrics.ts';

/**
 * What every function tells of its execution environments, in the line of an invocation: once a minute and environment,
 * and beyond that only with invocations in which a circuit opened, closed or is open, memory ran short, or garbage
 * collection stopped the process for long.
 */
export const ENVIRONMENT_METRICS = {
  ColdStarts: { unit: 'Count', meaning: 'environments that began', sparse: true },
  HeapUsed: {
    unit: 'Percent',
    meaning: 'what lived in the heap after the last full garbage collection, of what it may hold',
  },
  MemoryUsed: { unit: 'Percent', meaning: 'what the process takes, of the memory of the function' },
  GcPause: { unit: 'Milliseconds', meaning: 'the longest pause of garbage collection', sparse: true },
  GcTime: { unit: 'Milliseconds', meaning: 'all pauses of garbage collection together', sparse: true },
  LoopDelay: {
    unit: 'Milliseconds',
    meaning: 'the longest that something had to wait for its turn in an invocation',
    sparse: true,
  },
  SocketsOpen: { unit: 'Count', meaning: 'connections in use, at most' },
  SocketsWaiting: { unit: 'Count', meaning: 'calls that waited for a connection, at most', sparse: true },
  TmpUsed: { unit: 'Percent', meaning: 'of the space in /tmp' },
  CacheBytes: { unit: 'Bytes', meaning: 'what all caches hold' },
  CacheHits: { unit: 'Count', meaning: 'reads of caches that found something' },
  CacheMisses: { unit: 'Count', meaning: 'reads of caches that found nothing' },
  CachesShed: {
    unit: 'Count',
    meaning: 'times that all caches were dropped, as memory ran short',
    sparse: true,
  },
  CircuitsOpen: { unit: 'Count', meaning: 'services that are left alone, as they failed or were slow' },
  CircuitsOpened: { unit: 'Count', meaning: 'times that a service was given up for a while', sparse: true },
  CallsRefused: {
    unit: 'Count',
    meaning: 'calls that were not made, as their circuit was open',
    sparse: true,
  },
  CallsThrottled: { unit: 'Count', meaning: 'calls that a service refused as too many', sparse: true },
  WritesAtATime: { unit: 'Count', meaning: 'writes to the table that may be under way at a time' },
} as const satisfies Record<string, MetricDefinition>;

export type EnvironmentMetricName = keyof typeof ENVIRONMENT_METRICS;

/** A metric of the functions' environments; `service` is the pipeline's name. */
export function environmentMetric(name: EnvironmentMetricName): MetricSource {
  const { unit } = ENVIRONMENT_METRICS[name];
  return { namespace: METRICS_NAMESPACE, name, unit, dimensions: { service: 'pipeline' } };
}
