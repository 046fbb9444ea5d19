/** A JSON Schema (2020-12), as OpenAPI 3.1 has them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a kind of metric has as its values. */
export interface MetricValues {
  readonly schema: JsonSchema;
  /** Whether a value is exact, rounded to a double once at most; approximate ones say by how much in their docs. */
  readonly isExact: boolean;
  /** Whether groups can be ranked by it. */
  readonly isRankable: boolean;
}

const WHOLE: MetricValues = { schema: { type: 'integer', minimum: 0 }, isExact: true, isRankable: true };
const NUMBER: MetricValues = { schema: { type: 'number' }, isExact: true, isRankable: true };
/** `null`: no event has contributed. */
const NUMBER_OR_NONE: MetricValues = {
  schema: { type: ['number', 'null'] },
  isExact: true,
  isRankable: true,
};
const ANY_SCALAR: MetricValues = {
  schema: { type: ['string', 'number', 'boolean', 'null'] },
  isExact: true,
  isRankable: true,
};
const BUCKETS = listOf({
  from: { type: ['number', 'null'], description: 'The least number in the bucket; null: any.' },
  to: { type: ['number', 'null'], description: 'Above all numbers in the bucket; null: none is.' },
  count: { type: 'integer', minimum: 0 },
});
const QUANTILES = listOf({
  quantile: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
  value: { type: ['number', 'null'] },
});
const TOP = listOf({
  value: { type: ['string', 'number', 'boolean'] },
  count: { type: 'integer', minimum: 0, description: 'It came no more often than that.' },
  error: { type: 'integer', minimum: 0, description: 'It came no less often than count less this.' },
});
/** One of a pipeline's own kinds: nothing is known of it. */
const UNKNOWN: MetricValues = { schema: {}, isExact: false, isRankable: true };

/** By the kind's name. A test holds that every kind of Weir's has its line. */
export const METRIC_VALUES: Readonly<Record<string, MetricValues>> = {
  count: WHOLE,
  rate: NUMBER_OR_NONE,
  sum: NUMBER,
  min: NUMBER_OR_NONE,
  max: NUMBER_OR_NONE,
  mean: NUMBER_OR_NONE,
  stddev: NUMBER_OR_NONE,
  variance: NUMBER_OR_NONE,
  first: ANY_SCALAR,
  last: ANY_SCALAR,
  maxBy: ANY_SCALAR,
  minBy: ANY_SCALAR,
  histogram: { schema: BUCKETS, isExact: true, isRankable: false },
  distinct: { ...WHOLE, isExact: false },
  quantile: { ...NUMBER_OR_NONE, isExact: false },
  quantiles: { schema: QUANTILES, isExact: false, isRankable: false },
  topK: { schema: TOP, isExact: false, isRankable: false },
};

/** A list of objects that have all of these, and nothing else. */
function listOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const required = Object.keys(properties);
  return { type: 'array', items: { type: 'object', required, properties, additionalProperties: false } };
}

/** Of a kind by its name, with its parameters or without. */
export function metricValues(kind: string): MetricValues {
  const { name } = kindParts(kind);
  return (Object.hasOwn(METRIC_VALUES, name) ? METRIC_VALUES[name] : undefined) ?? UNKNOWN;
}

/** A kind's name and its parameters: `histogram(0,15,60)` is what a definition's `histogram` with these bounds is. */
export function kindParts(kind: string): { readonly name: string; readonly params: readonly number[] } {
  const open = kind.indexOf('(');
  if (open < 0) return { name: kind, params: [] };
  return {
    name: kind.slice(0, open),
    params: kind
      .slice(open + 1, -1)
      .split(',')
      .map(Number),
  };
}
