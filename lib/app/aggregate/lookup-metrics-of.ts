import type { LookupMetricName } from '#contracts/lookup-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { BatchReport } from './batch-report.ts';

/** What a batch of a pipeline with lookups is measured by, beside the rest. */
export function lookupMetricsOf(
  pipeline: Pick<Pipeline, 'lookups'>,
  { lookups, rejected }: Pick<BatchReport, 'lookups' | 'rejected'>,
): { readonly [Metric in LookupMetricName]?: number } {
  const rejects = pipeline.lookups.some(({ whenMissing }) => whenMissing === 'reject');
  return {
    LookupsMissing: lookups.missing,
    LookupsStale: lookups.stale,
    LookupsDegraded: lookups.degraded,
    ...(rejects && { LookupsRejected: rejected.get('lookup') ?? 0 }),
  };
}
