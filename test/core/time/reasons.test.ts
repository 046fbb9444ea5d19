import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '#core/time/duration.ts';
import { parseEventTime } from '#core/time/parse-event-time.ts';

const GIVE = 'give a Date, epoch milliseconds, or ISO 8601 text such as 2026-01-31T12:00:00Z';
const UNREADABLE = `the event time is text that can't be read as a time; ${GIVE}`;
const NO_DAY = 'the event time names a day that is not in the calendar';
const NO_HOUR = 'the event time names an hour that no day has';
const NO_ZONE = 'the event time has a zone beyond 24 hours';
const OUTSIDE =
  'the event time lies outside the years 0001 to 9999; were it seconds or microseconds, give milliseconds';

describe('the reason why an event time is none', () => {
  test.each<[unknown, string]>([
    [undefined, `the event time is missing; ${GIVE}`],
    [null, `the event time is missing; ${GIVE}`],
    [true, `the event time is of type boolean; ${GIVE}`],
    [{}, `the event time is of type object; ${GIVE}`],
    [Number.NaN, `the event time is no valid time; ${GIVE}`],
    [new Date(Number.NaN), `the event time is no valid time; ${GIVE}`],
    [8.64e15, OUTSIDE],
    [-8.64e15, OUTSIDE],
    ['', UNREADABLE],
    ['yesterday', UNREADABLE],
    ['x2001-01-01', UNREADABLE],
    ['2001-01-01x', UNREADABLE],
    ['2001-01-01T12:00Zx', UNREADABLE],
    ['2001-01-01T12', UNREADABLE],
    ['2001-01-01T12:0', UNREADABLE],
    ['2001-01-01T12:00:0', UNREADABLE],
    ['2001-01-01T12:00:00.', UNREADABLE],
    ['2001-01-01T12:00:00.0123456789', UNREADABLE],
    ['2001-01-01T12:00:00.a', UNREADABLE],
    ['2001-01-01T12:00:aa', UNREADABLE],
    ['2001-01-01T12:aa', UNREADABLE],
    ['2001-01-01Taa:00', UNREADABLE],
    ['2001-aa-01', UNREADABLE],
    ['2001-01-aa', UNREADABLE],
    ['aaaa-01-01', UNREADABLE],
    ['12001-01-01', UNREADABLE],
    ['201-01-01', UNREADABLE],
    ['2001-001-01', UNREADABLE],
    ['2001-01-001', UNREADABLE],
    ['2001-01-01T001:00', UNREADABLE],
    ['2001-01-01T12:00+0', UNREADABLE],
    ['2001-01-01T12:00+aa', UNREADABLE],
    ['2001-01-01T12:00+00:a0', UNREADABLE],
    ['2001-01-01T12:00+00:0', UNREADABLE],
    ['2001-01-01T12:00  Z', UNREADABLE],
    ['2001-01-01T12:00xZ', UNREADABLE],
    ['2001.01.01', UNREADABLE],
    ['2001-01-01_12:00', UNREADABLE],
    ['2001-02-29', NO_DAY],
    ['2001-00-01', NO_DAY],
    ['2001-13-01', NO_DAY],
    ['2001-01-00', NO_DAY],
    ['2001-01-32', NO_DAY],
    ['2001-04-31', NO_DAY],
    ['2001-06-31', NO_DAY],
    ['2001-09-31', NO_DAY],
    ['2001-11-31', NO_DAY],
    ['2001-01-01T25:00', NO_HOUR],
    ['2001-01-01T23:60', NO_HOUR],
    ['2001-01-01T23:59:61', NO_HOUR],
    ['2001-01-01T24:01', NO_HOUR],
    ['2001-01-01T24:00:01', NO_HOUR],
    ['2001-01-01T24:00:00.001', NO_HOUR],
    ['2001-01-01T12:00+24:00', NO_ZONE],
    ['2001-01-01T12:00-24:00', NO_ZONE],
    ['2001-01-01T12:00+23:60', NO_ZONE],
    ['0001-01-01T00:00+00:01', OUTSIDE],
    ['9999-12-31T24:00', OUTSIDE],
  ])('%o', (time, reason) => {
    expect(parseEventTime(time)).toBe(reason);
  });

  test('is not given where the same forms hold a time', () => {
    expect(parseEventTime('2001-12-31T23:59:59.999999999 +23:59')).toBe(
      Date.parse('2001-12-31T00:00:59.999Z'),
    );
    expect(parseEventTime('2001-1-1 0:00:00,5-2359')).toBe(Date.parse('2001-01-01T23:59:00.500Z'));
    expect(parseEventTime('2001-10-31')).toBe(Date.parse('2001-10-31'));
    expect(parseEventTime('2001-01-01T24:00:00')).toBe(Date.parse('2001-01-02'));
    expect(parseEventTime('2001-01-01T12:00:00.05')).toBe(Date.parse('2001-01-01T12:00:00.050Z'));
    expect(parseEventTime('2001-01-01T12:00 Z')).toBe(Date.parse('2001-01-01T12:00Z'));
  });
});

describe('the reason why a duration is none', () => {
  const WRITE = "is no duration; write a whole number and a unit (ms, s, m, h, d), like '30s', '5m' or '1h'";

  test.each<[unknown, string]>([
    ['soon', `'soon' ${WRITE}`],
    ['1h soon', `'1h soon' ${WRITE}`],
    ['soon 1h', `'soon 1h' ${WRITE}`],
    ['x'.repeat(100), `'${'x'.repeat(80)}' ${WRITE}`],
    [5, `what is of type number ${WRITE}`],
    [undefined, `what is of type undefined ${WRITE}`],
    ['3660d1ms', "'3660d1ms' is longer than the most that is taken, '3660d'"],
  ])('%o', (text, reason) => {
    expect(parseDuration(text)).toBe(reason);
  });

  test('is not given for any unit, nor for several', () => {
    expect(['7ms', '7s', '7m', '7h', '7d', '1d2h3m4s5ms'].map(parseDuration)).toEqual([
      7, 7000, 420_000, 25_200_000, 604_800_000, 93_784_005,
    ]);
  });

  test('and no unit is so small that a duration has no text', () => {
    expect([0, 1, 999, 1000, 60_000, 86_400_000].map(formatDuration)).toEqual([
      '0ms',
      '1ms',
      '999ms',
      '1s',
      '1m',
      '1d',
    ]);
  });
});
