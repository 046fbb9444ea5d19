import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longestRetention, timelinessOf } from '#core/batch/timeliness.ts';
import type { DurationMs, EpochMs } from '#core/brand.ts';

const level = (size: number, retention: number | null) => ({
  sizeMs: size as DurationMs,
  everyMs: size as DurationMs,
  retentionMs: retention as DurationMs | null,
});

describe('an event', () => {
  test('is on time until the watermark is at the end of its window, and late from then on', () => {
    const at = (watermark: number | null) => timelinessOf(1000, watermark as EpochMs | null, null);
    expect([null, -5, 0, 999].map(at)).toEqual(['on_time', 'on_time', 'on_time', 'on_time']);
    expect([1000, 1001, 1e15].map(at)).toEqual(['late', 'late', 'late']);
  });

  test('is expired once the watermark is as far beyond the end as values are kept', () => {
    const at = (watermark: number) => timelinessOf(1000, watermark as EpochMs, 500);
    expect([999, 1000, 1499, 1500, 1501].map(at)).toEqual(['on_time', 'late', 'late', 'expired', 'expired']);
    expect(timelinessOf(-1000, -400 as EpochMs, 500)).toBe('expired');
  });

  test('never comes back: with a later watermark it is no earlier than before', () => {
    const order = ['on_time', 'late', 'expired'];
    const time = fc.integer({ min: -10_000, max: 10_000 });
    fc.assert(
      fc.property(time, time, time, fc.option(fc.nat({ max: 5000 })), (end, a, b, retention) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)].map((watermark) =>
          order.indexOf(timelinessOf(end, watermark as EpochMs, retention)),
        ) as [number, number];
        expect(first).toBeLessThanOrEqual(second);
      }),
    );
  });
});

test('of several levels, the one that is kept longest counts; for good is longer than any', () => {
  expect(longestRetention([level(1, 500)])).toBe(500);
  expect(longestRetention([level(1, 500), level(10, 700), level(100, 600)])).toBe(700);
  expect(longestRetention([level(1, 500), level(10, null)])).toBeNull();
  expect(longestRetention([level(1, null), level(10, 500)])).toBeNull();
});
