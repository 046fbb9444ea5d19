import { count } from './count.ts';
import { distinct } from './distinct.ts';
import { first, last } from './first-last.ts';
import { histogram } from './histogram.ts';
import { max } from './max.ts';
import { maxBy, minBy } from './max-by.ts';
import { mean } from './mean.ts';
import type { ColumnKind, MetricKind } from './metric-kind.ts';
import { min } from './min.ts';
import { quantile, quantiles } from './quantile.ts';
import { rate } from './rate.ts';
import { SCALAR_UNITS_MAX } from './scalar.ts';
import { stddev } from './stddev.ts';
import { sum } from './sum.ts';
import { topK } from './top-k.ts';
import { variance } from './variance.ts';

/** The kinds of metrics that Weir has, by the name that is stored in blocks. */
export const METRIC_KINDS: ReadonlyMap<string, MetricKind> = new Map(
  [
    count,
    rate,
    sum,
    min,
    max,
    mean,
    stddev,
    variance,
    first,
    last,
    maxBy,
    minBy,
    histogram,
    distinct,
    quantile,
    quantiles,
    topK,
  ].map((kind) => [kind.kind, kind]),
);

/** Those that a pipeline's modules add: see `useMetricKind`. */
const ownKinds = new Map<string, MetricKind>();

/** Kinds with their parameters that were looked up, so that this is done once. Emptied when there are too many. */
const ready = new Map<string, ColumnKind>();
const READY_MAX = 1000;

/**
 * The kind of metric by this name, among Weir's and those that were made known. `undefined` where there is none: where
 * it is one of a pipeline's own, the module that makes it has not been imported.
 */
export function kindNamed(name: string): MetricKind | undefined {
  return METRIC_KINDS.get(name) ?? ownKinds.get(name);
}

/** The names of all kinds that there are. */
export function kindNames(): string[] {
  return [...METRIC_KINDS.keys(), ...ownKinds.keys()];
}

/**
 * Makes a pipeline's own kind known, in the place of one of its name that was before. Throws `RangeError` where Weir
 * has one of that name.
 */
export function useMetricKind(kind: MetricKind): void {
  if (METRIC_KINDS.has(kind.kind)) {
    throw new RangeError(`there is a metric kind ${JSON.stringify(kind.kind)} in Weir; choose another name`);
  }
  ownKinds.set(kind.kind, kind);
  ready.clear();
}

/** Those of some kinds, by their names as stored, that are a pipeline's own. */
export function ownKindsAmong(texts: readonly string[]): MetricKind[] {
  const names = new Set(texts.map(nameIn));
  return [...ownKinds.values()].filter(({ kind }) => names.has(kind));
}

function nameIn(text: string): string {
  const open = text.indexOf('(');
  return open < 0 ? text : text.slice(0, open);
}

/** A kind's name with its parameters, by which `columnKind` finds it: `count`, `histogram(0,15,60)`. */
export function kindText(name: string, params: readonly number[]): string {
  return params.length === 0 ? name : `${name}(${params.join()})`;
}

/** The kind by the name that is stored, parameters included; `undefined` where there is none. */
export function columnKind(text: string): ColumnKind | undefined {
  const known = ready.get(text);
  if (known !== undefined) return known;
  const name = nameIn(text);
  const params =
    name === text
      ? []
      : text
          .slice(name.length + 1, -1)
          .split(',')
          .map(Number);
  const kind = kindNamed(name);
  if (kind === undefined || kindText(name, params) !== text || explainParams(kind, params) !== undefined) {
    return undefined;
  }
  if (ready.size >= READY_MAX) ready.clear();
  const made = withParams(kind, params);
  ready.set(text, made);
  return made;
}

/** The kind of this name. Throws `RangeError` where there is none. */
export function metricKind(text: string): ColumnKind {
  const kind = columnKind(text);
  if (kind !== undefined) return kind;
  throw new RangeError(
    `unknown metric kind ${JSON.stringify(text.slice(0, 80))}; there are ${kindNames().join(', ')}`,
  );
}

/** What is wrong with a kind's parameters; `undefined` where they are right. */
export function explainParams(kind: MetricKind, params: readonly number[]): string | undefined {
  const bad = params.find((param) => !Number.isFinite(param));
  if (bad !== undefined) return `has the parameter ${bad}; give finite numbers`;
  if (kind.explainParams !== undefined) return kind.explainParams(params);
  return params.length === 0 ? undefined : `takes no parameters, and has ${params.join(', ')}`;
}

function withParams(kind: MetricKind, params: readonly number[]): ColumnKind {
  return {
    kind: kindText(kind.kind, params),
    input: kind.input,
    isRanked: kind.isRanked ?? false,
    textUnitsMax: kind.textUnitsMax ?? SCALAR_UNITS_MAX,
    newColumn: () => kind.newColumn(params),
    readColumn: (input, rows) => kind.readColumn(input, rows, params),
  };
}
