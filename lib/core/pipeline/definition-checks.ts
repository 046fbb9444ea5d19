import type { DurationMs } from '#core/brand.ts';
import { formatDuration, parseDuration } from '#core/time/duration.ts';

/** Takes a mistake of a definition: where it is, and what to do about it. */
export type Report = (place: string, message: string) => void;

/** A part of a definition before it is checked. What is no object has no options. */
export type Loose = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null;
}

export function checkOptions(spec: Loose, known: readonly string[], place: string, report: Report): void {
  for (const option of Object.keys(spec)) {
    if (known.includes(option)) continue;
    report(place === '' ? option : `${place}.${option}`, `is no option; there are ${known.join(', ')}`);
  }
}

/** What is declared by name, from one entry to `most`. */
export function checkEntries(
  value: unknown,
  place: string,
  most: number,
  report: Report,
): [string, unknown][] {
  const found = isObject(value) ? Object.entries(value) : [];
  if (found.length === 0) report(place, 'has nothing in it; declare at least one, by name');
  if (found.length > most)
    report(place, `has ${found.length} entries; the most is ${most}, split the pipeline`);
  return found;
}

/** A duration; 0 where it is none, or not between the least and the most, in milliseconds. */
export function checkDuration(
  text: unknown,
  place: string,
  report: Report,
  leastMs = 0,
  mostMs = Number.POSITIVE_INFINITY,
): DurationMs {
  const parsed = parseDuration(text);
  if (typeof parsed === 'number' && parsed >= leastMs && parsed <= mostMs) return parsed;
  const range = `is ${show(text)}; give '${formatDuration(leastMs)}' to '${formatDuration(mostMs)}'`;
  report(place, typeof parsed === 'string' ? parsed : range);
  return 0 as DurationMs;
}

/** A whole number from 1 to `most`; 1 where it is none. */
export function checkCount(value: unknown, most: number, place: string, report: Report): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  report(place, `is ${show(value)}; give a whole number from 1 to ${most.toLocaleString('en')}`);
  return 1;
}

/** A name or so; what is no text has been reported, and the definition is refused in the end. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A value as an error shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  const isShort = value === null || ['undefined', 'number', 'boolean'].includes(typeof value);
  return isShort ? String(value) : `(of type ${typeof value})`;
}
