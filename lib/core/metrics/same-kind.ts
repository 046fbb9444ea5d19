import type { MetricColumn } from './metric-kind.ts';

/** `other` as the column class that it is to be merged with. Throws `TypeError` where it is of another kind. */
export function sameKind<Column extends MetricColumn>(
  kind: abstract new (...args: never[]) => Column,
  other: MetricColumn,
): Column {
  if (other instanceof kind) return other;
  throw new TypeError('a metric column merges with columns of its own kind only');
}
