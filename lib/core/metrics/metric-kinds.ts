import { count } from './count.ts';
import { max } from './max.ts';
import { mean } from './mean.ts';
import type { MetricKind } from './metric-kind.ts';
import { min } from './min.ts';
import { stddev } from './stddev.ts';
import { sum } from './sum.ts';

/** All kinds of metrics, by the name that is stored in blocks. */
export const METRIC_KINDS: ReadonlyMap<string, MetricKind> = new Map(
  [count, sum, min, max, mean, stddev].map((kind) => [kind.kind, kind]),
);

/** The kind of this name. Throws `RangeError` where there is none. */
export function metricKind(name: string): MetricKind {
  const kind = METRIC_KINDS.get(name);
  if (kind !== undefined) return kind;
  const known = [...METRIC_KINDS.keys()].join(', ');
  throw new RangeError(`unknown metric kind ${JSON.stringify(name)}; there are ${known}`);
}
