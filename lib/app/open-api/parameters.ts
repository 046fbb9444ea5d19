import { QUERY_LIMITS } from '#contracts/query-api.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import { hasTop, sizesOf } from '../query-api/levels.ts';
import { type JsonSchema, metricValues } from '../query-api/metric-values.ts';
import { FORMAT_NAMES } from '../query-api/negotiate-format.ts';

/** A parameter object of OpenAPI 3.1. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly schema: JsonSchema;
  readonly required?: boolean;
  /** What else it may have, such as `style`. */
  readonly [more: string]: unknown;
}

const TIME: JsonSchema = {
  type: 'string',
  description: 'ISO 8601, without a zone UTC; or epoch milliseconds.',
};

/** The parameters of each operation, by the path's name in the contract. */
export function parametersOf(pipeline: Pipeline) {
  const { aggregates } = pipeline;
  const one = [nameParameter(aggregates), levelParameter(aggregates), ...groupParameters(aggregates)];
  const shown = [metricsParameter(aggregates), formatParameter(FORMAT_NAMES)];
  return {
    aggregates: [],
    openApi: [],
    health: [],
    series: [...one, ...shown, ...rangeParameters(false), ...pageParameters()],
    latest: [...one, ...shown, finalParameter(), ...pageParameters()],
    top: topParametersOf(aggregates.filter(hasTop)),
    several: [
      aggregatesParameter(aggregates),
      ...groupParameters(aggregates, 'Only where all of the aggregates are grouped by it.'),
      ...rangeParameters(true),
      ...pageParameters(),
      formatParameter(['json']),
    ],
  };
}

function topParametersOf(aggregates: readonly Aggregate[]): Parameter[] {
  return [
    ...[nameParameter(aggregates), levelParameter(aggregates), ...groupParameters(aggregates)],
    ...[metricsParameter(aggregates), formatParameter(FORMAT_NAMES)],
    ...topParameters(aggregates),
  ];
}

function query(name: string, description: string, schema: JsonSchema, more: object = {}): Parameter {
  return { name, in: 'query', description, schema, ...more };
}

function names(values: readonly string[]): JsonSchema {
  return { type: 'array', items: { enum: values } };
}

/** Names with commas between them. */
const COMMAS = { style: 'form', explode: false };

function nameParameter(aggregates: readonly Aggregate[]): Parameter {
  const values = aggregates.map(({ name }) => name);
  return {
    name: 'name',
    in: 'path',
    required: true,
    description: 'The aggregate.',
    schema: { enum: values },
  };
}

function aggregatesParameter(aggregates: readonly Aggregate[]): Parameter {
  const values = aggregates.map(({ name }) => name);
  return query('aggregates', `Names, up to ${QUERY_LIMITS.aggregatesMax}.`, names(values), {
    required: true,
    ...COMMAS,
    example: values.slice(0, QUERY_LIMITS.aggregatesMax),
  });
}

function levelParameter(aggregates: readonly Aggregate[]): Parameter {
  const sizes = aggregates.flatMap(sizesOf);
  const each = aggregates.map((aggregate) => `${aggregate.name}: ${sizesOf(aggregate).join(', ')}`);
  return query('level', `Size of the windows, the aggregate's own unless given. ${each.join('; ')}.`, {
    enum: [...new Set(sizes)],
  });
}

function groupParameters(aggregates: readonly Aggregate[], more = ''): Parameter[] {
  const fields = new Set(aggregates.flatMap(({ groupBy }) => groupBy));
  return [...fields].map((field) => {
    const of = aggregates.filter(({ groupBy }) => groupBy.includes(field)).map(({ name }) => name);
    return query(
      `group.${field}`,
      `Only groups with this ${field}, compared as text; several are alternatives. For ${of.join(', ')}. ${more}`.trim(),
      { type: 'array', items: { type: 'string' } },
      { style: 'form', explode: true },
    );
  });
}

function metricsParameter(aggregates: readonly Aggregate[]): Parameter {
  const values = aggregates.flatMap(({ metrics }) => metrics.map(({ name }) => name));
  return query('metrics', "Only these of the aggregate's metrics.", names([...new Set(values)]), COMMAS);
}

function formatParameter(formats: readonly string[]): Parameter {
  return query('format', 'The format, in place of what Accept says.', { enum: formats });
}

function rangeParameters(required: boolean): Parameter[] {
  const most = `at most ${QUERY_LIMITS.rangeWindowsMax} windows`;
  const span = `${QUERY_LIMITS.rangeWindowsDefault} windows before to`;
  const unless = (text: string) => (required ? '' : ` Unless given, ${text}.`);
  return [
    query('from', `Windows that begin at this time or later; ${most}.${unless(span)}`, TIME, {
      required,
      example: '2001-01-01T00:00:00Z',
    }),
    query(
      'to',
      `Windows that begin before this time.${unless('the end of the window of the newest event')}`,
      TIME,
      { required, example: '2001-01-02T00:00:00Z' },
    ),
  ];
}

function pageParameters(): Parameter[] {
  const { rowsDefault, rowsMax } = QUERY_LIMITS;
  return [
    query('limit', 'Rows in one answer; there may be fewer, also where more follow.', {
      type: 'integer',
      minimum: 1,
      maximum: rowsMax,
      default: rowsDefault,
    }),
    query('cursor', 'What next was in the answer before; all else as it was.', { type: 'string' }),
  ];
}

function finalParameter(): Parameter {
  return query('final', 'Whether to look at final windows only.', {
    enum: ['true', 'false'],
    default: 'false',
  });
}

function topParameters(aggregates: readonly Aggregate[]): Parameter[] {
  const rankable = aggregates.flatMap(({ metrics }) =>
    metrics.filter(({ kind }) => metricValues(kind).isRankable).map(({ name }) => name),
  );
  const { topDefault, topMax } = QUERY_LIMITS;
  return [
    query('by', 'The metric to go by.', { enum: [...new Set(rankable)] }, { required: true }),
    query(
      'window',
      'A time in the window, of overlapping ones in the last of them; or latest, the newest that has a value.',
      {
        type: 'string',
        default: 'latest',
      },
    ),
    query(
      'from',
      'In place of window: all windows that begin at this time or later, and before to, together.',
      TIME,
      { example: '2001-01-01T00:00:00Z' },
    ),
    query('to', 'Unless given, the end of the window of the newest event.', TIME, {
      example: '2001-01-02T00:00:00Z',
    }),
    query('n', 'How many groups.', { type: 'integer', minimum: 1, maximum: topMax, default: topDefault }),
    query('order', 'desc: the greatest values; asc: the least. Groups without a value come last.', {
      enum: ['desc', 'asc'],
      default: 'desc',
    }),
  ];
}
