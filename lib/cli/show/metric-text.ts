import type { MetricValue } from '#core/metrics/metric-kind.ts';
import { short } from './numbers.ts';

/**
 * A metric's answer on one line. Lists are joined: `JFK 12, LAX 9` are the values that are most frequent,
 * `<0: 5, 0–15: 7, ≥15: 1` are a histogram's buckets, without empty ones, `p50 12, p95 40` are quantiles. May hold what
 * events hold.
 */
export function metricText(value: MetricValue): string {
  if (value === null) return '–';
  if (typeof value === 'number') return short(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value))
    return (
      value
        .map(entryText)
        .filter((text) => text !== '')
        .join(', ') || '–'
    );
  return entryText(value);
}

function entryText(entry: MetricValue): string {
  if (entry === null || typeof entry !== 'object' || isList(entry)) return metricText(entry);
  const { from, to, count, value, quantile } = entry;
  if (typeof quantile === 'number' && value !== undefined)
    return `p${short(100 * quantile)} ${metricText(value)}`;
  if (typeof count === 'number' && value !== undefined) return `${metricText(value)} ${short(count)}`;
  if (typeof count === 'number' && from !== undefined && to !== undefined) {
    if (count === 0) return '';
    const range =
      from === null
        ? `<${metricText(to)}`
        : to === null
          ? `≥${metricText(from)}`
          : `${metricText(from)}–${metricText(to)}`;
    return `${range}: ${short(count)}`;
  }
  return Object.entries(entry)
    .map(([name, each]) => `${name} ${metricText(each)}`)
    .join(' ');
}

function isList(value: MetricValue): value is readonly MetricValue[] {
  return Array.isArray(value);
}
