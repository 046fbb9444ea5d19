import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEventTime } from '#core/time/parse-event-time.ts';
import { windowStartOf } from '#core/time/window.ts';

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

const pad = (value: number, width: number) => String(value).padStart(width, '0');

/** Days from 1970-01-01, counted from the calendar's rules alone. */
function daysSince1970(year: number, month: number, day: number): number {
  const isLeap = (y: number) => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  // Days of the years before this one: 365 each, and the leap days among them.
  const before = year - 1;
  const days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const daysBefore1970 = 719_162;
  return (
    days - daysBefore1970 + lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + day - 1
  );
}

const inCalendar = fc
  .record({
    year: fc.integer({ min: 1, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
  })
  .filter(({ year, month, day }) => {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    return date.getUTCDate() === day;
  });

const timeOfDay = fc.oneof(
  fc.constant(undefined),
  fc.record({
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    fraction: fc.option(fc.stringMatching(/^\d{1,9}$/), { nil: undefined }),
    mark: fc.constantFrom('.', ','),
    between: fc.constantFrom('T', ' '),
    zone: fc.oneof(
      fc.constantFrom('', 'Z', ' Z'),
      fc.record({
        sign: fc.constantFrom('+', '-'),
        hours: fc.integer({ min: 0, max: 23 }),
        minutes: fc.option(fc.integer({ min: 0, max: 59 }), { nil: undefined }),
        form: fc.constantFrom(':', ''),
        blank: fc.constantFrom(' ', ''),
      }),
    ),
  }),
);

describe('text', () => {
  test('in every form that is taken is the instant that the calendar says', () => {
    fc.assert(
      fc.property(
        inCalendar,
        timeOfDay,
        fc.constantFrom('-', '/'),
        fc.boolean(),
        (date, time, dash, padded) => {
          const width = padded ? 2 : 1;
          let text = [pad(date.year, 4), pad(date.month, width), pad(date.day, width)].join(dash);
          let expected = daysSince1970(date.year, date.month, date.day) * 86_400_000;
          if (time !== undefined) {
            const { hour, minute, second, fraction, zone } = time;
            text += `${time.between}${pad(hour, width)}:${pad(minute, 2)}`;
            expected += hour * 3_600_000 + minute * 60_000;
            if (second !== undefined) {
              text += `:${pad(second, 2)}`;
              expected += second * 1000;
              if (fraction !== undefined) {
                text += time.mark + fraction;
                expected += Math.floor(Number(`0.${fraction}`) * 1000 + 1e-7);
              }
            }
            if (typeof zone === 'string') {
              text += zone;
            } else {
              const minutes = zone.minutes === undefined ? '' : `${zone.form}${pad(zone.minutes, 2)}`;
              text += `${zone.blank}${zone.sign}${pad(zone.hours, 2)}${minutes}`;
              const offset = (zone.hours * 60 + (zone.minutes ?? 0)) * 60_000;
              expected -= zone.sign === '-' ? -offset : offset;
            }
          }
          const parsed = parseEventTime(text);
          if (expected < FIRST || expected > LAST) expect(parsed).toMatch(/years 0001 to 9999/);
          else expect(parsed).toBe(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('of ISO 8601 is what Date reads, for any instant of the years 1 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), (time) => {
        expect(parseEventTime(new Date(time).toISOString())).toBe(time);
      }),
      { numRuns: 1000 },
    );
  });

  test('that names no day of the calendar is refused, all others are not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const exists =
            date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          const parsed = parseEventTime(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`);
          if (exists) expect(parsed).toBe(date.getTime());
          else expect(parsed).toMatch(/calendar/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['2000-02-29', '2000-02-29T00:00:00Z'],
    ['1900-02-29', undefined],
    ['2023-02-29', undefined],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['0004-02-29', '0004-02-29T00:00:00Z'],
    ['0001-01-01', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['2001-01-31T24:00', '2001-02-01T00:00:00Z'],
    ['2001-12-31T24:00:00.000Z', '2002-01-01T00:00:00Z'],
    ['2001-01-31T24:00:00.5', undefined],
    ['2001-01-31T24:01', undefined],
    ['2001-01-31T25:00', undefined],
    ['2001-01-31T23:60', undefined],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
    ['2016-12-31T23:59:61Z', undefined],
    ['2001/01/01 00:01', '2001-01-01T00:01:00Z'],
    ['2001/1/1 7:05', '2001-01-01T07:05:00Z'],
    ['2001-01/01', undefined],
    ['2001-01-01 05:30:00.123456', '2001-01-01T05:30:00.123Z'],
    ['2001-01-01 05:30:00.999999999', '2001-01-01T05:30:00.999Z'],
    ['2001-01-01 05:30:00+00', '2001-01-01T05:30:00Z'],
    ['2001-01-01T05:30:00 -07:30', '2001-01-01T13:00:00Z'],
    ['2001-01-01T05:30:00+24:00', undefined],
    ['2001-01-01T05:30:00+05:60', undefined],
  ])('%s is %s', (text, iso) => {
    expect(parseEventTime(text)).toEqual(iso === undefined ? expect.any(String) : Date.parse(iso));
  });

  test.each([
    ['epoch seconds', '981173106'],
    ['epoch milliseconds', '981173106000'],
    ['the year 275760', '+275760-09-13T00:00:00.000Z'],
    ['a year before 1', '-000001-01-01T00:00:00Z'],
    ['the year 0', '0000-12-31'],
    ['nothing', ''],
    ['words', 'yesterday'],
    ['an English date', 'Jan 5, 2001'],
    ['a week date', '2001-W05-3'],
    ['a date of two digits', '01-02-03'],
    ['a time', '12:00'],
    ['a month', '2001-01'],
    ['an ISO text and a line end', '2001-01-01\n'],
    ['a blank before', ' 2001-01-01'],
    ['other digits', '２００１-０１-０１'],
    ['a very long text', `2001-01-01T00:00:00.${'0'.repeat(1_000_000)}`],
  ])('%s is refused, and not repeated in the reason', (_, text) => {
    const reason = parseEventTime(text);
    expect(reason).toEqual(expect.any(String));
    if (text.length > 5) expect(reason).not.toContain(text);
  });

  test('is read the same after any other', () => {
    const times = new Map([
      ['2001-01-31', Date.parse('2001-01-31T00:00Z')],
      ['2001-01-31 00:01', Date.parse('2001-01-31T00:01Z')],
      ['2001-02-30', undefined],
      ['', undefined],
    ]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...times)), (texts) => {
        for (const [text, time] of texts) expect(parseEventTime(text)).toEqual(time ?? expect.any(String));
      }),
    );
  });

  test('of any kind never throws, and is a time only in the years 1 to 9999', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary-ascii' }),
          fc.string({ unit: fc.constantFrom(...'0123456789T:.+-/Z '.split('')), maxLength: 30 }),
        ),
        (text) => {
          const time = parseEventTime(text);
          if (typeof time === 'number')
            expect(time >= FIRST && time <= LAST && Number.isInteger(time)).toBe(true);
          else expect(time.length).toBeLessThan(200);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('numbers and dates', () => {
  test('are epoch milliseconds within the years 1 to 9999, without the fraction', () => {
    fc.assert(
      fc.property(fc.double({ min: FIRST, max: LAST, noNaN: true }), (time) => {
        expect(parseEventTime(time)).toBe(Math.floor(time) + 0);
      }),
    );
    expect(parseEventTime(new Date(5))).toBe(5);
    expect(Object.is(parseEventTime(-0), 0)).toBe(true);
    // Like the text 1969-12-31T23:59:59.9999Z: in the millisecond, and so in the window, before the epoch.
    expect(parseEventTime(-0.1)).toBe(parseEventTime('1969-12-31T23:59:59.9999Z'));
  });

  test.each([
    [FIRST, FIRST],
    [FIRST - 1, undefined],
    [LAST, LAST],
    [LAST + 1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NEGATIVE_INFINITY, undefined],
    [8.64e15, undefined], // the year 275760
    [new Date(8.64e15), undefined],
    [new Date(Number.NaN), undefined],
    [1e18, undefined], // nanoseconds
  ])('%s', (time, expected) => {
    expect(parseEventTime(time)).toEqual(expected ?? expect.stringMatching(/^the event time /));
  });

  test.each([[undefined], [null], [true], [10n], [{}], [[]], [Symbol('x')], [() => 5]])(
    'anything else is refused with the remedy: %s',
    (time) => {
      expect(parseEventTime(time)).toMatch(/give a Date, epoch milliseconds, or ISO 8601 text/);
    },
  );
});

test('a window begins at a multiple of its size, also before 1970, and holds its event', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: FIRST, max: LAST }),
      fc.integer({ min: 1000, max: 366 * 86_400_000 }),
      (time, sizeMs) => {
        const parsed = parseEventTime(time);
        if (typeof parsed === 'string') throw new Error(parsed);
        const start = BigInt(windowStartOf(parsed, sizeMs));
        expect(start % BigInt(sizeMs)).toBe(0n);
        expect(start <= BigInt(time) && BigInt(time) < start + BigInt(sizeMs)).toBe(true);
      },
    ),
  );
});
