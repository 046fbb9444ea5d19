import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { type Answer, type AnswerPart, type Freshness, isClosed, toIso } from './answer.ts';
import { writeCursor } from './cursor.ts';
import type { QueryApiDeps, QueryCall } from './deps.ts';
import { ownLevel } from './levels.ts';
import { Page } from './page.ts';
import type { Parameters } from './parameters.ts';
import {
  checkRange,
  cursorOf,
  cursorTextOf,
  groupFilterOf,
  rangeOf,
  rowLimitOf,
} from './query-parameters.ts';
import { type PageRead, readPage } from './read-page.ts';

/** The values of several aggregates over the same range, one aggregate after the other, a page at a time. */
export async function answerSeveral(
  deps: QueryApiDeps,
  { deadline }: QueryCall,
  parameters: Parameters,
): Promise<Answer> {
  const aggregates = aggregatesOf(deps, parameters);
  const asked = rangeOf(parameters);
  for (const name of ['from', 'to']) {
    if (!parameters.has(name))
      parameters.report(name, 'is missing; several aggregates need a range of their own.');
  }
  for (const aggregate of aggregates) checkRange(parameters, asked, ownLevel(aggregate));
  const [first, ...others] = aggregates.map(({ groupBy }) => groupBy);
  const fields = (first ?? []).filter((field) => others.every((each) => each.includes(field)));
  const filter = groupFilterOf(parameters, fields);
  const page = new Page(rowLimitOf(parameters));
  const cursorText = cursorTextOf(parameters);
  parameters.finish();
  const query = JSON.stringify([
    ...['several', deps.pipeline.name, aggregates.map(({ name, generation }) => [name, generation])],
    ...[asked.from, asked.to, filter.text],
  ]);
  const cursor = cursorOf(parameters, cursorText, query);
  const { from = 0, to = 0 } = cursor ?? asked;

  const reads: { readonly part: AnswerPart; readonly read: PageRead; readonly index: number }[] = [];
  let next: string | null = null;
  for (let index = cursor?.part ?? 0; index < aggregates.length && next === null; index++) {
    const aggregate = aggregates[index];
    if (aggregate === undefined) break;
    const isEnough = reads.length > 0 && (page.isFull || deps.now() >= deadline);
    if (isEnough) {
      next = writeCursor({ part: index, windowStart: from, after: null, given: 0, from, to }, query);
      break;
    }
    const level = ownLevel(aggregate);
    const position = index === cursor?.part ? cursor : undefined;
    const windows = { aggregate, level, from, to };
    const metrics = aggregate.metrics.map(({ name }) => name);
    const { matches } = filter;
    const read = await readPage(deps, { windows, metrics, matches, position, deadline }, page);
    reads.push({
      part: { aggregate, level, metrics, windows: read.windows, rows: read.rows },
      read,
      index,
    });
    if (read.next !== null) next = writeCursor({ ...read.next, part: index, from, to }, query);
  }
  return {
    pipeline: deps.pipeline.name,
    asked: { from: toIso(from), to: toIso(to) },
    parts: reads.map(({ part }) => part),
    freshness: leastFresh(reads.map(({ read }) => read.freshness)),
    isClosed: reads.every(({ part, read }) =>
      isClosed(read.windows, read.freshness.watermark, to, part.level),
    ),
    next,
  };
}

function aggregatesOf(deps: QueryApiDeps, parameters: Parameters): Aggregate[] {
  const known = deps.pipeline.aggregates;
  const names = parameters.names(
    'aggregates',
    known.map(({ name }) => name),
    'aggregate',
  );
  if (names === undefined) {
    parameters.report('aggregates', 'is missing; give names with commas between them.');
    return [];
  }
  if (names.length > QUERY_LIMITS.aggregatesMax) {
    parameters.report('aggregates', `has ${names.length} names; the most is ${QUERY_LIMITS.aggregatesMax}.`);
  }
  return names.flatMap((name) => known.find((aggregate) => aggregate.name === name) ?? []);
}

/** What holds for all parts: they were read one after the other, and the first goes least far. */
function leastFresh(all: readonly Freshness[]): Freshness {
  return all[0] ?? { newestEvent: null, watermark: null };
}
