import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { type Answer, isClosed } from './answer.ts';
import { writeCursor } from './cursor.ts';
import type { QueryApiDeps, QueryCall } from './deps.ts';
import { findNewestWindow } from './find-newest-window.ts';
import { Page } from './page.ts';
import type { Parameters } from './parameters.ts';
import { cursorOf, cursorTextOf, groupFilterOf, levelOf, metricsOf, rowLimitOf } from './query-parameters.ts';
import { readPage } from './read-page.ts';

/** The newest window that has a value of the groups asked for, or the newest final one. */
export async function answerLatest(
  deps: QueryApiDeps,
  { deadline }: QueryCall,
  aggregate: Aggregate,
  parameters: Parameters,
): Promise<Answer> {
  const level = levelOf(parameters, aggregate);
  const isFinalWanted = parameters.choice('final', ['true', 'false']) === 'true';
  const filter = groupFilterOf(parameters, aggregate.groupBy);
  const metrics = metricsOf(parameters, aggregate);
  const page = new Page(rowLimitOf(parameters));
  const cursorText = cursorTextOf(parameters);
  parameters.finish();
  const query = JSON.stringify([
    ...['latest', deps.pipeline.name, aggregate.name, aggregate.generation, level.sizeMs],
    ...[isFinalWanted, filter.text],
  ]);
  const cursor = cursorOf(parameters, cursorText, query);
  const part = { aggregate, level, metrics };
  const about = { pipeline: deps.pipeline.name, asked: { final: isFinalWanted } };
  const wanted = { aggregate, level, isFinalWanted, matches: filter.matches };
  const found = cursor === undefined ? await findNewestWindow(deps, wanted) : undefined;
  const from = cursor?.from ?? found?.windowStart ?? null;
  if (from === null) {
    const freshness = found?.freshness ?? { newestEvent: null, watermark: null };
    return { ...about, parts: { ...part, windows: [], rows: [] }, freshness, isClosed: false, next: null };
  }
  const to = cursor?.to ?? from + level.everyMs;
  const windows = { aggregate, level, from, to };
  const { matches } = filter;
  const read = await readPage(
    deps,
    { windows, metrics, matches, isFinalWanted, position: cursor, deadline },
    page,
  );
  return {
    ...about,
    parts: { ...part, windows: read.windows, rows: read.rows },
    freshness: read.freshness,
    // A newer window may come at any time, or become final.
    isClosed: cursor !== undefined && isClosed(read.windows, read.freshness.watermark, to, level),
    next: read.next === null ? null : writeCursor({ ...read.next, part: 0, from, to }, query),
  };
}
