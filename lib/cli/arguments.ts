import { InvalidArgumentError } from 'commander';
import type { WindowStart } from '#core/brand.ts';
import type { Aggregate, Level, Pipeline } from '#core/pipeline/pipeline.ts';
import { formatDuration, parseDuration } from '#core/time/duration.ts';
import { parseEventTime } from '#core/time/parse-event-time.ts';
import { didYouMean } from './nearest.ts';
import { UsageError } from './usage-error.ts';

/** A parser of whole numbers, for commander. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

/** How many rows of a table to show: a number, or `all`. */
export function rowCount(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(1, 1_000_000)(text);
}

const INSTANT_HELP = 'Give a time as 2001-01-31 or 2001-01-31T12:00 (UTC unless it names a zone).';

/** A time as an event may have it as text, e.g. `2001-01-01` or `2001-01-01T13:00`; without a zone, UTC. */
export function parseInstant(text: string): WindowStart {
  const time = parseEventTime(text);
  if (typeof time === 'number') return time as number as WindowStart;
  throw new UsageError(`"${text}" is no time. ${INSTANT_HELP}`);
}

/** The same for commander. */
export function instantArgument(text: string): WindowStart {
  try {
    return parseInstant(text);
  } catch {
    throw new InvalidArgumentError(INSTANT_HELP);
  }
}

/** One `field=value` of several. */
export function groupFilters(text: string, before: readonly string[] = []): string[] {
  if (!text.includes('=')) throw new InvalidArgumentError('Give a field and its value, e.g. origin=JFK.');
  return [...before, text];
}

export function aggregateNamed(pipeline: Pipeline, name: string): Aggregate {
  const aggregate = pipeline.aggregates.find((candidate) => candidate.name === name);
  if (aggregate !== undefined) return aggregate;
  const names = pipeline.aggregates.map((candidate) => candidate.name);
  throw new UsageError(`The pipeline ${pipeline.name} has no aggregate ${name}. ${didYouMean(name, names)}`);
}

/** The aggregate's windows of this size: its own, or a roll-up. Throws `UsageError` where it has none. */
export function levelOfSize({ levels, name, window }: Aggregate, size: string): Level {
  const sizeMs = parseDuration(size);
  if (typeof sizeMs === 'string') throw new UsageError(`--window: ${sizeMs}.`);
  // Panes, of which hopping windows are made, are smaller than what was asked for in the definition.
  const asked = levels.filter((level) => level.sizeMs >= window.sizeMs);
  const level = asked.find((one) => one.sizeMs === sizeMs);
  if (level !== undefined) return level;
  const sizes = asked.map((one) => formatDuration(one.sizeMs)).join(', ');
  throw new UsageError(`${name} has windows of ${sizes}, none of ${size}.`);
}

/** Whether a row's group has all the values asked for, compared as text. Throws `UsageError` for an unknown field. */
export function groupMatcher(
  aggregate: Aggregate,
  filters: readonly string[],
): (group: Readonly<Record<string, unknown>>) => boolean {
  const wanted = filters.map((filter): [string, string] => {
    const at = filter.indexOf('=');
    const field = filter.slice(0, at);
    if (aggregate.groupBy.includes(field)) return [field, filter.slice(at + 1)];
    const fields =
      aggregate.groupBy.length === 0 ? 'It groups by nothing.' : didYouMean(field, aggregate.groupBy);
    throw new UsageError(`--group: ${aggregate.name} is not grouped by ${field}. ${fields}`);
  });
  return (group) => wanted.every(([field, value]) => String(group[field]) === value);
}
