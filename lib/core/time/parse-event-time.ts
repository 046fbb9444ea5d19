import type { EpochMs } from '#core/brand.ts';

/** Event times lie in the years 0001 to 9999: there ISO 8601 has four digits of year, and its texts sort by time. */
const EVENT_TIME_MIN = -62_135_596_800_000; // 0001-01-01T00:00:00.000Z
const EVENT_TIME_MAX = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

const ISO_LIKE =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?[ ]?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

const HOW = 'give a Date, epoch milliseconds, or ISO 8601 text such as 2026-01-31T12:00:00Z';

/**
 * Reads an event's time: a `Date`, epoch milliseconds, or text in ISO 8601, also with `/` instead of `-` and a blank
 * instead of `T`. Text without a zone is UTC. Fractions beyond the millisecond are cut off.
 *
 * Gives epoch milliseconds, or the reason why there is none, as a sentence that names the remedy and holds nothing of
 * the event's data.
 */
export function parseEventTime(time: unknown): EpochMs | string {
  if (typeof time === 'string') return parseTextAgain(time);
  if (time instanceof Date) return inRange(time.getTime());
  if (typeof time === 'number') return inRange(Math.floor(time));
  if (time === undefined || time === null) return `the event time is missing; ${HOW}`;
  return `the event time is of type ${typeof time}; ${HOW}`;
}

/** Events of one time mostly come together: the text that was read last is not read again. */
let lastText = '';
let lastTime = parseText(lastText);

function parseTextAgain(text: string): EpochMs | string {
  if (text !== lastText) {
    lastTime = parseText(text);
    lastText = text;
  }
  return lastTime;
}

function parseText(text: string): EpochMs | string {
  const match = text.length <= 40 ? ISO_LIKE.exec(text) : null;
  if (match === null) return `the event time is text that can't be read as a time; ${HOW}`;
  const [, year, , month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const [y, mo, d] = [Number(year), Number(month), Number(day)];
  const [h, mi, s] = [Number(hour), Number(minute), Number(second)];
  if (mo < 1 || mo > 12 || d < 1 || d > daysOfMonth(y, mo))
    return 'the event time names a day that is not in the calendar';
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  // ISO 8601 lets midnight at the end of a day be 24:00; a leap second is the first of the next minute.
  if (h > 24 || mi > 59 || s > 60 || (h === 24 && mi + s + milliseconds > 0)) {
    return 'the event time names an hour that no day has';
  }
  const offset = zoneOffsetMs(zone);
  if (offset === undefined) return 'the event time has a zone beyond 24 hours';
  return inRange(utc(y, mo, d) + h * 3_600_000 + mi * 60_000 + s * 1000 + milliseconds - offset);
}

/** Any four centuries have as many days. */
const FOUR_CENTURIES_MS = 146_097 * 86_400_000;

/** `Date.UTC` takes the years 0 to 99 for 1900 to 1999: hence by way of a later year of the same calendar. */
function utc(year: number, month: number, day: number): number {
  return Date.UTC(year + 400, month - 1, day) - FOUR_CENTURIES_MS;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function zoneOffsetMs(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function inRange(epochMs: number): EpochMs | string {
  if (Number.isNaN(epochMs)) return `the event time is no valid time; ${HOW}`;
  if (epochMs < EVENT_TIME_MIN || epochMs > EVENT_TIME_MAX) {
    return 'the event time lies outside the years 0001 to 9999; were it seconds or microseconds, give milliseconds';
  }
  return (epochMs + 0) as EpochMs;
}
