import type { MetricDefinition } from './metrics.ts';

/** What the function `aggregate` publishes for a pipeline with lookups, beside its other metrics. */
export const LOOKUP_METRICS = {
  LookupsMissing: {
    unit: 'Count',
    meaning: 'lookups that found no entry in the reference table, or one that lacks a field',
  },
  LookupsStale: {
    unit: 'Count',
    meaning: 'lookups answered from memory beyond the ttl, as the reference table could not be read',
  },
  LookupsDegraded: {
    unit: 'Count',
    meaning: 'lookups answered by whenDown, as the reference table could not be read',
  },
} as const satisfies Record<string, MetricDefinition>;
