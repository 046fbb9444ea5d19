import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { windowStartOf } from '#core/time/window.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import type { AggregateAnswer, WindowState } from '../query/answer-aggregate.ts';
import { type Answer, isClosed, toIso } from './answer.ts';
import { completeRange } from './complete-range.ts';
import type { QueryApiDeps } from './deps.ts';
import { findNewestWindow, type NewestWanted } from './find-newest-window.ts';
import { hasTop, type WindowLevel } from './levels.ts';
import { metricValues } from './metric-values.ts';
import { Page, windowsOf, withMetrics } from './page.ts';
import type { Parameters } from './parameters.ts';
import {
  type AskedRange,
  checkRange,
  groupFilterOf,
  levelOf,
  metricsOf,
  rangeOf,
} from './query-parameters.ts';

/** The groups with the greatest, or least, values of a metric: in one window, or in all windows of a range together. */
export async function answerTop(
  deps: QueryApiDeps,
  aggregate: Aggregate,
  parameters: Parameters,
): Promise<Answer> {
  if (!hasTop(aggregate)) {
    parameters.report(
      'name',
      `is ${aggregate.name}, whose groups have sessions of their own and no window in common; ask for its series.`,
    );
  }
  const level = levelOf(parameters, aggregate);
  const span = spanOf(parameters, level);
  const rankable = aggregate.metrics.filter(({ kind }) => metricValues(kind).isRankable);
  const names = rankable.map(({ name }) => name);
  const by = parameters.choice('by', names);
  if (by === undefined && !parameters.has('by')) {
    parameters.report('by', `is missing; give the metric to go by, one of ${names.join(', ')}.`);
  }
  const n = parameters.wholeNumber('n', QUERY_LIMITS.topMax) ?? QUERY_LIMITS.topDefault;
  const order = parameters.choice('order', ['desc', 'asc']) ?? 'desc';
  const filter = groupFilterOf(parameters, aggregate.groupBy);
  const metrics = metricsOf(parameters, aggregate);
  parameters.finish();

  const read = await readSpan(deps, { aggregate, level, matches: filter.matches }, span, parameters);
  const candidates = read.rows.filter(filter.matches);
  const ranked = rank(candidates, by ?? '', order).slice(0, n);
  const rows = ranked.map((row) => withMetrics(row, metrics));
  const fitting = new Page(n).take(rows);
  if (fitting < rows.length) {
    parameters.report('n', `asks for more than an answer may hold; give ${fitting}, or fewer metrics.`);
    parameters.finish();
  }
  return {
    pipeline: deps.pipeline.name,
    asked: { by, order, ...read.asked, groups: candidates.length },
    parts: { aggregate, level, metrics, windows: windowsOf(candidates, read.windows), rows },
    freshness: { newestEvent: read.newestEvent, watermark: read.watermark },
    isClosed: read.to !== null && isClosed(read.windows, read.watermark, read.to, level),
    next: null,
  };
}

/** What groups are ranked in: the newest window, the one that has an instant, or a range of windows. */
type Span = 'latest' | { readonly instant: number } | AskedRange;

function spanOf(parameters: Parameters, level: WindowLevel): Span {
  const isRange = parameters.has('from') || parameters.has('to');
  const range = rangeOf(parameters);
  const isLatest = ['latest', undefined].includes(parameters.one('window'));
  const instant = isLatest ? undefined : parameters.time('window');
  if (!isRange) return instant === undefined ? 'latest' : { instant };
  if (parameters.has('window')) parameters.report('window', 'is one window; leave it out, or from and to.');
  if (level.everyMs !== level.sizeMs) {
    parameters.report(
      'from',
      'makes a range of windows that overlap, which have no value together; give window.',
    );
  }
  checkRange(parameters, range, level);
  return range;
}

interface SpanRead extends Omit<AggregateAnswer, 'windows'> {
  readonly windows: readonly WindowState[];
  /** What the answer says of the span. */
  readonly asked: Readonly<Record<string, string | null>>;
  /** Its end, where that stays as it is; `null` where newer windows may take its place. */
  readonly to: number | null;
}

const NOTHING = { rows: [], windows: [], newestEvent: null, watermark: null, to: null } as const;

async function readSpan(
  deps: QueryApiDeps,
  wanted: Omit<NewestWanted, 'isFinalWanted'>,
  span: Span,
  parameters: Parameters,
): Promise<SpanRead> {
  const { aggregate, level } = wanted;
  if (typeof span === 'object' && !('instant' in span)) {
    const range = await completeRange(deps, aggregate, level, span, parameters);
    if (range === undefined) return { ...NOTHING, asked: { from: null, to: null } };
    // Windows that begin in the range: what the rows are of is where the first begins and the last ends.
    const from = Math.ceil(range.from / level.everyMs) * level.everyMs;
    const to = Math.ceil(range.to / level.everyMs) * level.everyMs;
    const read = await deps.together(aggregate, level.sizeMs, {
      from: from as WindowStart,
      to: to as WindowStart,
    });
    return { ...read, asked: { from: toIso(from), to: toIso(to) }, to: span.to === undefined ? null : to };
  }
  const found =
    span === 'latest' ? await findNewestWindow(deps, { ...wanted, isFinalWanted: false }) : undefined;
  const start =
    span === 'latest' ? found?.windowStart : windowStartOf(span.instant as EpochMs, level.everyMs);
  if (start === null || start === undefined) {
    return { ...NOTHING, ...found?.freshness, asked: { window: null } };
  }
  const to = start + level.everyMs;
  const read = await deps.answer(aggregate, level.sizeMs, {
    from: start as WindowStart,
    to: to as WindowStart,
  });
  return { ...read, asked: { window: toIso(start) }, to: span === 'latest' ? null : to };
}

/** By the metric; equal ones by group, those without a value last. */
function rank(rows: readonly AggregateRow[], by: string, order: 'asc' | 'desc'): AggregateRow[] {
  const sign = order === 'desc' ? -1 : 1;
  const valued = rows.map((row) => ({ row, value: rankValue(row, by) }));
  // Sorting is stable, and rows come by group.
  valued.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return sign * (a.value - b.value);
  });
  return valued.map(({ row }) => row);
}

function rankValue(row: AggregateRow, by: string): number | null {
  const value: unknown = row.metrics[by];
  return typeof value === 'number' ? value : null;
}
