import { describe, expect, it } from 'vitest';
import { type AlarmState, evaluateAlarm } from '#local/alarms/evaluate-alarm.ts';
import { MetricStore } from '#local/alarms/metric-store.ts';
import type { WatchedAlarm } from '#local/alarms/template-alarms.ts';

const MINUTE_MS = 60_000;
const METRIC = { namespace: 'N', name: 'M', dimensions: { D: 'd' } };

/** One minute a character, the last one last: `X` breaches, `0` does not, `-` has no data. */
function stateOf(data: string, alarm: Partial<WatchedAlarm>, before: AlarmState = 'OK'): AlarmState {
  const store = new MetricStore();
  data.split('').forEach((minute, i) => {
    if (minute !== '-') store.add(METRIC, minute === 'X' ? 10 : 0, i * MINUTE_MS + 1);
  });
  const watched: WatchedAlarm = {
    logicalId: 'Alarm',
    description: '',
    signal: { type: 'metric', metric: METRIC, statistic: 'Maximum' },
    comparison: 'GreaterThanThreshold',
    threshold: 5,
    periodMs: MINUTE_MS,
    periods: 3,
    datapoints: 3,
    missingData: 'missing',
    ...alarm,
  };
  return evaluateAlarm(watched, store, before, data.length * MINUTE_MS + 30_000);
}

/** In the order of the guide's columns. */
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

type Row = readonly [data: string, missing: string, ignore: string, breaching: string, notBreaching: string];

// CloudWatch User Guide, "How alarm state is evaluated when data is missing": its two tables. `retain` is the state before.
const THREE_OF_THREE: readonly Row[] = [
  ['0-X-X', 'OK', 'OK', 'OK', 'OK'],
  ['0----', 'OK', 'OK', 'OK', 'OK'],
  ['-----', 'INSUFFICIENT_DATA', 'retain', 'ALARM', 'OK'],
  ['0XX-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['--X--', 'ALARM', 'retain', 'ALARM', 'OK'],
];
const TWO_OF_THREE: readonly Row[] = [
  ['0-X-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['00X0X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  ['0-X--', 'OK', 'OK', 'ALARM', 'OK'],
  ['----0', 'OK', 'OK', 'ALARM', 'OK'],
  ['---X-', 'ALARM', 'retain', 'ALARM', 'OK'],
];

describe.each([
  [3, THREE_OF_THREE],
  [2, TWO_OF_THREE],
] as const)('an alarm that needs %d of 3', (datapoints, rows) => {
  it.each(rows)('with %s', (data, ...states) => {
    for (const [i, missingData] of TREATMENTS.entries()) {
      for (const before of ['OK', 'ALARM'] as const) {
        const expected = states[i] === 'retain' ? before : states[i];
        expect([missingData, stateOf(data, { datapoints, missingData }, before)]).toEqual([
          missingData,
          expected,
        ]);
      }
    }
  });
});

describe('an alarm on AWS/DynamoDB', () => {
  const metric = { ...METRIC, namespace: 'AWS/DynamoDB' };

  it('keeps its state without data, whatever it says', () => {
    for (const missingData of TREATMENTS) {
      const signal = { type: 'metric', metric, statistic: 'Maximum' } as const;
      expect(stateOf('-----', { missingData, signal }, 'ALARM')).toBe('ALARM');
      expect(stateOf('-----', { missingData, signal }, 'OK')).toBe('OK');
    }
  });

  it('has no missing data where metric math fills them in', () => {
    const metrics = new Map([['m', { metric, statistic: 'Maximum' as const }]]);
    const signal = { type: 'math', expression: 'FILL(m, 0)', metrics } as const;
    expect(stateOf('-----', { missingData: 'ignore', signal }, 'ALARM')).toBe('OK');
  });
});

describe('a period', () => {
  it('counts when it is over, in whole minutes', () => {
    const store = new MetricStore();
    store.add(METRIC, 1, 59_999);
    store.add(METRIC, 2, 60_000);
    store.add(METRIC, 4, 119_999);
    expect(store.statistic(METRIC, 'Sum', 0, 60_000)).toBe(1);
    expect(store.statistic(METRIC, 'Sum', 60_000, 120_000)).toBe(6);
    expect(store.statistic(METRIC, 'Average', 0, 120_000)).toBe(7 / 3);
    expect(store.statistic(METRIC, 'SampleCount', 0, 120_000)).toBe(3);
    expect(store.statistic(METRIC, 'Minimum', 0, 120_000)).toBe(1);
  });

  it('has a percentile, over its minutes: what ninety-nine of a hundred are not above', () => {
    const store = new MetricStore();
    const p99 = () => store.statistic(METRIC, 'p99', 0, 120_000);
    expect(p99()).toBeUndefined();
    // 1 to 100, and then as many again, in an order that is none.
    for (let i = 0; i < 100; i++) store.add(METRIC, ((i * 37) % 100) + 1, 0);
    expect(p99()).toBe(99);
    for (let i = 0; i < 100; i++) store.add(METRIC, ((i * 37) % 100) + 101, 60_000);
    expect(p99()).toBe(198);
    store.add(METRIC, 9000, 60_000);
    store.add(METRIC, 9000, 60_000);
    expect(p99()).toBe(200);
    store.add(METRIC, 9000, 60_000);
    expect(p99()).toBe(9000);
  });

  it('is of one metric: another set of dimensions has no data', () => {
    const store = new MetricStore();
    store.add(METRIC, 1, 1);
    expect(store.statistic({ ...METRIC, dimensions: {} }, 'Sum', 0, 60_000)).toBeUndefined();
    expect(store.statistic({ ...METRIC, dimensions: { D: 'e' } }, 'Sum', 0, 60_000)).toBeUndefined();
  });
});

describe('a band', () => {
  const band = {
    signal: { type: 'band', metric: METRIC, statistic: 'Maximum', deviations: 2 },
    comparison: 'LessThanLowerOrGreaterThanUpperThreshold',
    threshold: undefined,
    periods: 1,
    datapoints: 1,
    missingData: 'breaching',
  } as const;

  it('leaves in what was usual, and out what was not', () => {
    const usual = '0X'.repeat(10);
    expect(stateOf(`${usual}0`, band)).toBe('OK');
    expect(stateOf(`${usual}X`, band)).toBe('OK');
    expect(stateOf(`${'0'.repeat(40)}X`, band)).toBe('ALARM');
  });

  it('is not there before there is something to learn from', () => {
    expect(stateOf('0000X', band)).toBe('OK');
  });
});
