import { evaluateMath } from './metric-math.ts';
import type { MetricStore } from './metric-store.ts';
import type { Comparison, WatchedAlarm } from './template-alarms.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** CloudWatch looks at some more periods than it needs, to find data where some are late. It does not say how many. */
const EXTRA_PERIODS = 2;

/** Periods before that a band is learnt from, and how few will do. */
const BAND_PERIODS_MAX = 288;
const BAND_PERIODS_MIN = 12;

/**
 * An alarm's state after the period that ends last at or before `nowMs`.
 *
 * Rules: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", with its tables. It is on when
 * `datapoints` of `periods` breach. If there are as many real data points as `periods` among those looked at, only they
 * count; else those that are missing are filled in as the alarm says. Alarms on AWS/DynamoDB ignore missing data,
 * whatever they say (API reference of PutMetricAlarm; the guide says that they do so unless they say otherwise).
 *
 * CloudWatch's anomaly detection is a model that nobody else has; here a band is the mean of the periods before, and
 * that many standard deviations to each side.
 */
export function evaluateAlarm(
  alarm: WatchedAlarm,
  store: MetricStore,
  before: AlarmState,
  nowMs: number,
): AlarmState {
  const end = Math.floor(nowMs / alarm.periodMs) * alarm.periodMs;
  const real: { readonly breaches: boolean; readonly age: number }[] = [];
  for (let age = 1; age <= alarm.periods + EXTRA_PERIODS && real.length < alarm.periods; age++) {
    const verdict = breaches(alarm, store, end - age * alarm.periodMs);
    if (verdict !== undefined) real.push({ breaches: verdict, age });
  }
  const breaching = real.filter((point) => point.breaches).length;
  const missing = alarm.periods - real.length;
  if (breaching >= alarm.datapoints) return 'ALARM';
  if (missing === 0) return 'OK';
  const isDynamo = alarm.signal.type === 'metric' && alarm.signal.metric.namespace === 'AWS/DynamoDB';
  switch (isDynamo ? 'ignore' : alarm.missingData) {
    case 'breaching':
      return breaching + missing >= alarm.datapoints ? 'ALARM' : 'OK';
    case 'ignore':
      return isUndecided(alarm, real) ? before : 'OK';
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA';
      return isUndecided(alarm, real) ? 'ALARM' : 'OK';
    default:
      return 'OK';
  }
}

/** Whether all there is breaches, and the oldest of it is old enough to have been followed by more, had that come. */
function isUndecided(
  { datapoints }: WatchedAlarm,
  real: readonly { readonly breaches: boolean; readonly age: number }[],
): boolean {
  const oldest = real.at(-1);
  return real.every((point) => point.breaches) && (oldest === undefined || oldest.age >= datapoints);
}

/** Whether a period breaches; `undefined` without data. */
function breaches(alarm: WatchedAlarm, store: MetricStore, fromMs: number): boolean | undefined {
  const { comparison, periodMs, signal, threshold } = alarm;
  const toMs = fromMs + periodMs;
  if (signal.type === 'math') {
    const value = evaluateMath(signal.expression, (id) => {
      const watched = signal.metrics.get(id);
      if (watched === undefined) throw new SyntaxError(`metric math: there is no metric ${id}`);
      return store.statistic(watched.metric, watched.statistic, fromMs, toMs);
    });
    return value === undefined ? undefined : compare(value, comparison, threshold ?? Number.NaN);
  }
  const value = store.statistic(signal.metric, signal.statistic, fromMs, toMs);
  if (value === undefined) return undefined;
  if (signal.type === 'metric') return compare(value, comparison, threshold ?? Number.NaN);
  const band = bandBefore(alarm, store, fromMs);
  return band !== undefined && (value < band.lower || value > band.upper);
}

function bandBefore(
  { periodMs, signal }: WatchedAlarm,
  store: MetricStore,
  fromMs: number,
): { readonly lower: number; readonly upper: number } | undefined {
  if (signal.type !== 'band') return undefined;
  const values: number[] = [];
  for (let back = 1; back <= BAND_PERIODS_MAX; back++) {
    const from = fromMs - back * periodMs;
    const value = store.statistic(signal.metric, signal.statistic, from, from + periodMs);
    if (value !== undefined) values.push(value);
  }
  if (values.length < BAND_PERIODS_MIN) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const width = signal.deviations * Math.sqrt(variance);
  return { lower: mean - width, upper: mean + width };
}

const COMPARISONS: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanLowerOrGreaterThanUpperThreshold: () => {
    throw new Error('only a band has a lower and an upper threshold');
  },
};

function compare(value: number, comparison: Comparison, threshold: number): boolean {
  return COMPARISONS[comparison](value, threshold);
}
