import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import { windowStartOf } from '#core/time/window.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import { type Answer, isClosed, toIso } from './answer.ts';
import type { QueryApiDeps } from './deps.ts';
import { findNewestWindow } from './find-newest-window.ts';
import { hasTop } from './levels.ts';
import { metricValues } from './metric-values.ts';
import { Page, windowsOf, withMetrics } from './page.ts';
import type { Parameters } from './parameters.ts';
import { groupFilterOf, levelOf, metricsOf } from './query-parameters.ts';

/** The groups of one window with the greatest, or least, values of a metric. */
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
  const isLatest = ['latest', undefined].includes(parameters.one('window'));
  const instant = isLatest ? undefined : parameters.time('window');
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

  const wanted = { aggregate, level, isFinalWanted: false, matches: filter.matches };
  const found = instant === undefined ? await findNewestWindow(deps, wanted) : undefined;
  const start = instant === undefined ? found?.windowStart : windowStartOf(instant as EpochMs, level.everyMs);
  const part = { aggregate, level, metrics };
  const about = { pipeline: deps.pipeline.name };
  const asked = { by, order, window: toIso(start ?? null) };
  if (start === null || start === undefined) {
    const freshness = found?.freshness ?? { newestEvent: null, watermark: null };
    const none = { ...part, windows: [], rows: [] };
    return { ...about, asked: { ...asked, groups: 0 }, parts: none, freshness, isClosed: false, next: null };
  }
  const to = start + level.everyMs;
  const read = await deps.answer(aggregate, level.sizeMs, {
    from: start as WindowStart,
    to: to as WindowStart,
  });
  const candidates = read.rows.filter(filter.matches);
  const ranked = rank(candidates, by ?? '', order).slice(0, n);
  const rows = ranked.map((row) => withMetrics(row, metrics));
  const fitting = new Page(n).take(rows);
  if (fitting < rows.length) {
    parameters.report('n', `asks for more than an answer may hold; give ${fitting}, or fewer metrics.`);
    parameters.finish();
  }
  const freshness = { newestEvent: read.newestEvent, watermark: read.watermark };
  return {
    ...about,
    asked: { ...asked, groups: candidates.length },
    parts: { ...part, windows: windowsOf(candidates, read.windows), rows },
    freshness,
    isClosed: instant !== undefined && isClosed(read.windows, read.watermark, to, level),
    next: null,
  };
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
