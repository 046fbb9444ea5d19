import type { MetricStore } from './metric-store.ts';

interface EmbeddedMetrics {
  readonly _aws?: {
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/**
 * Takes the metrics out of a line in embedded metric format, as CloudWatch does with the logs of a function: one metric
 * for each name and each set of dimensions. Format: CloudWatch User Guide, "Specification: Embedded metric format".
 */
export function addEmbeddedMetrics(store: MetricStore, blob: object, atMs: number): void {
  const members = blob as EmbeddedMetrics;
  for (const { Dimensions, Metrics, Namespace: namespace } of members._aws?.CloudWatchMetrics ?? []) {
    for (const names of Dimensions) {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(members[name])]));
      for (const { Name: name } of Metrics) {
        for (const value of [members[name]].flat()) {
          if (typeof value === 'number') store.add({ namespace, name, dimensions }, value, atMs);
        }
      }
    }
  }
}
