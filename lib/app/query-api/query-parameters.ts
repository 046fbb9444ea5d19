import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { formatDuration, parseDuration } from '#core/time/duration.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import { type Cursor, readCursor } from './cursor.ts';
import { levelsOf, ownLevel, sizesOf, type WindowLevel } from './levels.ts';
import { type Parameters, quoted } from './parameters.ts';

/** Which metrics to show: those of `metrics=`, in its order, else all. */
export function metricsOf(parameters: Parameters, aggregate: Aggregate): readonly string[] {
  const names = aggregate.metrics.map(({ name }) => name);
  return parameters.names('metrics', names, `metric of ${aggregate.name}`) ?? names;
}

/** The size of windows that `level=` asks for, else the aggregate's own. */
export function levelOf(parameters: Parameters, aggregate: Aggregate): WindowLevel {
  const text = parameters.one('level');
  if (text === undefined) return ownLevel(aggregate);
  const sizeMs = parseDuration(text);
  const level = levelsOf(aggregate).find((each) => each.sizeMs === sizeMs);
  if (level !== undefined) return level;
  const sizes = sizesOf(aggregate).join(', ');
  parameters.report('level', `is ${quoted(text)}; ${aggregate.name} has windows of ${sizes}.`);
  return ownLevel(aggregate);
}

/** The groups asked for. */
export interface GroupFilter {
  readonly matches: (row: AggregateRow) => boolean;
  /** The same as text, for a cursor to be good for it alone. */
  readonly text: string;
}

/** `group.<field>=<value>`, compared as text; several values of a field are alternatives. */
export function groupFilterOf(parameters: Parameters, fields: readonly string[]): GroupFilter {
  const wanted = [...parameters.groups(fields)];
  return {
    matches: ({ group }) => wanted.every(([field, values]) => values.has(String(group[field]))),
    text: JSON.stringify(wanted.map(([field, values]) => [field, [...values]])),
  };
}

/** The range that was asked for; what is missing depends on what there is. */
export interface AskedRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export function rangeOf(parameters: Parameters): AskedRange {
  const [from, to] = [parameters.time('from'), parameters.time('to')];
  if (from !== undefined && to !== undefined && from >= to) {
    parameters.report(
      'to',
      'is no later than from; windows that begin at from or later and before to are given.',
    );
  }
  return { from, to };
}

/** Notes where a range has more windows than one request may ask for. */
export function checkRange(parameters: Parameters, { from, to }: AskedRange, level: WindowLevel): void {
  if (from === undefined || to === undefined) return;
  const { rangeWindowsMax } = QUERY_LIMITS;
  const windows = Math.ceil((to - from) / level.everyMs);
  if (windows <= rangeWindowsMax) return;
  const most = formatDuration(rangeWindowsMax * level.everyMs);
  parameters.report(
    'to',
    `makes a range of ${windows} windows of ${formatDuration(level.sizeMs)}; the most is ${rangeWindowsMax}, so ask for ${most} at a time.`,
  );
}

export function rowLimitOf(parameters: Parameters): number {
  return parameters.wholeNumber('limit', QUERY_LIMITS.rowsMax) ?? QUERY_LIMITS.rowsDefault;
}

/** The text of a cursor, before it can be told whether it belongs to this query. */
export function cursorTextOf(parameters: Parameters): string | undefined {
  return parameters.one('cursor');
}

/** Where to go on; throws `InvalidParameters` where the cursor is of another query, or none. */
export function cursorOf(
  parameters: Parameters,
  text: string | undefined,
  query: string,
): Cursor | undefined {
  if (text === undefined) return undefined;
  const cursor = readCursor(text, query);
  if (cursor === undefined) {
    parameters.report(
      'cursor',
      'is none of this query: give it as it was in next, with the same parameters; after a change of the pipeline, begin anew without it.',
    );
    parameters.finish();
  }
  return cursor;
}
