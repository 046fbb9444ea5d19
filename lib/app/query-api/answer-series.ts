import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { type Answer, isClosed, toIso } from './answer.ts';
import { completeRange } from './complete-range.ts';
import { writeCursor } from './cursor.ts';
import type { QueryApiDeps, QueryCall } from './deps.ts';
import { Page } from './page.ts';
import type { Parameters } from './parameters.ts';
import {
  checkRange,
  cursorOf,
  cursorTextOf,
  groupFilterOf,
  levelOf,
  metricsOf,
  rangeOf,
  rowLimitOf,
} from './query-parameters.ts';
import { readPage } from './read-page.ts';

/** The values of an aggregate by window and group: those of a range, a page at a time. */
export async function answerSeries(
  deps: QueryApiDeps,
  { deadline }: QueryCall,
  aggregate: Aggregate,
  parameters: Parameters,
): Promise<Answer> {
  const asked = rangeOf(parameters);
  const level = levelOf(parameters, aggregate);
  checkRange(parameters, asked, level);
  const filter = groupFilterOf(parameters, aggregate.groupBy);
  const metrics = metricsOf(parameters, aggregate);
  const page = new Page(rowLimitOf(parameters));
  const cursorText = cursorTextOf(parameters);
  parameters.finish();
  const query = JSON.stringify([
    ...['series', deps.pipeline.name, aggregate.name, aggregate.generation, level.sizeMs],
    ...[asked.from, asked.to, filter.text],
  ]);
  const cursor = cursorOf(parameters, cursorText, query);
  const range = cursor ?? (await completeRange(deps, aggregate, level, asked, parameters));
  const part = { aggregate, level, metrics };
  const about = { pipeline: deps.pipeline.name };
  if (range === undefined) {
    const freshness = { newestEvent: null, watermark: null };
    const none = { ...part, windows: [], rows: [] };
    return { ...about, asked: { from: null, to: null }, parts: none, freshness, isClosed: false, next: null };
  }
  const { from, to } = range;
  const windows = { aggregate, level, from, to };
  const { matches } = filter;
  const read = await readPage(deps, { windows, metrics, matches, position: cursor, deadline }, page);
  return {
    ...about,
    asked: { from: toIso(from), to: toIso(to) },
    parts: { ...part, windows: read.windows, rows: read.rows },
    freshness: read.freshness,
    isClosed: isClosed(read.windows, read.freshness.watermark, to, level),
    next: read.next === null ? null : writeCursor({ ...read.next, part: 0, from, to }, query),
  };
}
