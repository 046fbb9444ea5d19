import { expect, test } from 'vitest';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import { earliest, latest } from '#core/time/watermarks.ts';
import { windowsWith } from '#core/time/window.ts';

const times = (...all: (number | null)[]) => all as (EpochMs | null)[];

test('the earliest watermark is the least, and before all where one is not known', () => {
  expect(earliest(times(5, 3, 7))).toBe(3);
  expect(earliest(times(3, 5))).toBe(3);
  expect(earliest(times(-4))).toBe(-4);
  expect(earliest(times(5, null, 7))).toBeNull();
  expect(earliest([])).toBeNull();
});

test('the latest watermark is the greatest of those that are known', () => {
  expect(latest(times(5, 7, 3))).toBe(7);
  expect(latest(times(7, 5))).toBe(7);
  expect(latest(times(null, -4, null))).toBe(-4);
  expect(latest(times(null))).toBeNull();
  expect(latest([])).toBeNull();
});

test('a part is in all windows that begin at or before it and end at or after its end', () => {
  const hopping = { sizeMs: 60, everyMs: 10 };
  const windows = (start: number, partMs: number, window: { sizeMs: number; everyMs: number }) =>
    windowsWith(start as WindowStart, partMs, window);
  expect(windows(100, 10, hopping)).toEqual([50, 60, 70, 80, 90, 100]);
  expect(windows(-10, 10, hopping)).toEqual([-60, -50, -40, -30, -20, -10]);
  expect(windows(105, 5, hopping)).toEqual([50, 60, 70, 80, 90, 100]);
  expect(windows(120, 10, { sizeMs: 60, everyMs: 60 })).toEqual([120]);
  expect(windows(170, 10, { sizeMs: 60, everyMs: 60 })).toEqual([120]);
  // By the definition, one by one.
  const size = 45;
  const part = 15;
  for (let start = 0; start < 300; start += part) {
    const expected = [];
    for (let at = -60; at <= start; at += 15) if (at <= start && start + part <= at + size) expected.push(at);
    expect(windows(start, part, { sizeMs: size, everyMs: 15 })).toEqual(expected);
  }
});
