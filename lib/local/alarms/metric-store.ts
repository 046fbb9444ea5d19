/** A metric as CloudWatch tells it from others: by namespace, name, and all of its dimensions with their values. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export type StoredStatistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount' | 'p99';

interface Minute {
  sum: number;
  count: number;
  maximum: number;
  minimum: number;
  /** How many there were of each value, to three digits: few enough, whatever comes. */
  readonly counts: Map<number, number>;
}

const MINUTE_MS = 60_000;
/** A day and a bit: the longest that an alarm can look back. */
const MINUTES_KEPT = 1500;

/** Metrics by the minute, as CloudWatch keeps those of standard resolution. Older ones are forgotten. */
export class MetricStore {
  readonly #metrics = new Map<string, Map<number, Minute>>();

  add(metric: MetricIdentity, value: number, atMs: number): void {
    const minutes = this.#metrics.get(keyOf(metric)) ?? new Map<number, Minute>();
    this.#metrics.set(keyOf(metric), minutes);
    const start = Math.floor(atMs / MINUTE_MS);
    const minute = minutes.get(start);
    if (minute === undefined) {
      const counts = new Map([[rounded(value), 1]]);
      minutes.set(start, { sum: value, count: 1, maximum: value, minimum: value, counts });
      for (const old of minutes.keys()) if (old < start - MINUTES_KEPT) minutes.delete(old);
      return;
    }
    minute.sum += value;
    minute.count += 1;
    minute.maximum = Math.max(minute.maximum, value);
    minute.minimum = Math.min(minute.minimum, value);
    minute.counts.set(rounded(value), (minute.counts.get(rounded(value)) ?? 0) + 1);
  }

  /**
   * A statistic over `[fromMs, toMs)`, in whole minutes; `undefined` where there are no data. A percentile is the least
   * value that so many are not above (nearest rank), to half a percent.
   */
  statistic(
    metric: MetricIdentity,
    statistic: StoredStatistic,
    fromMs: number,
    toMs: number,
  ): number | undefined {
    const minutes = this.#metrics.get(keyOf(metric));
    const found: Minute[] = [];
    for (let at = Math.floor(fromMs / MINUTE_MS); at < Math.floor(toMs / MINUTE_MS); at++) {
      const minute = minutes?.get(at);
      if (minute !== undefined) found.push(minute);
    }
    if (found.length === 0) return undefined;
    const sum = found.reduce((total, one) => total + one.sum, 0);
    const count = found.reduce((total, one) => total + one.count, 0);
    const statistics: Readonly<Record<StoredStatistic, number>> = {
      Sum: sum,
      SampleCount: count,
      Average: sum / count,
      Maximum: Math.max(...found.map(({ maximum }) => maximum)),
      Minimum: Math.min(...found.map(({ minimum }) => minimum)),
      p99: percentile(found, 0.99),
    };
    return statistics[statistic];
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function percentile(minutes: readonly Minute[], share: number): number {
  const values = minutes.flatMap(({ counts }) => [...counts]).sort(([a], [b]) => a - b);
  let left = Math.ceil(share * values.reduce((total, [, count]) => total + count, 0));
  for (const [value, count] of values) {
    left -= count;
    if (left <= 0) return value;
  }
  return Number.NaN;
}

function keyOf({ dimensions, name, namespace }: MetricIdentity): string {
  const values = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, values]);
}
