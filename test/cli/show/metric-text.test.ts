import { expect, test } from 'vitest';
import { metricText } from '#cli/show/metric-text.ts';

test.each([
  [null, '–'],
  [1234567.891, '1,234,567.89'],
  ['ATL', 'ATL'],
  [true, 'true'],
  [[], '–'],
  [[1, 2.5, null], '1, 2.5, –'],
  [
    [
      { value: 'JFK', count: 1200, error: 5 },
      { value: 2, count: 9, error: 0 },
    ],
    'JFK 1,200, 2 9',
  ],
  [
    [
      { from: null, to: 0, count: 5 },
      { from: 0, to: 15, count: 0 },
      { from: 15, to: 60, count: 7 },
      { from: 60, to: null, count: 1 },
    ],
    '<0: 5, 15–60: 7, ≥60: 1',
  ],
  [[{ from: null, to: 0, count: 0 }], '–'],
  [
    [
      { quantile: 0.5, value: 12 },
      { quantile: 0.999, value: null },
    ],
    'p50 12, p99.9 –',
  ],
  [{ each: 5, other: 'x' }, 'each 5 other x'],
])('%j is shown as %s', (value, text) => {
  expect(metricText(value)).toBe(text);
});
