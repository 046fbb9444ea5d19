import { QUERY_PATHS } from '#contracts/query-api.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { hasTop } from '../query-api/levels.ts';
import type { JsonSchema } from '../query-api/metric-values.ts';
import { FORMATS } from '../query-api/negotiate-format.ts';
import { parametersOf } from './parameters.ts';
import { oneOfAggregates, schemasOf } from './schemas.ts';

/** The version of the API, not of Weir: it rises when clients must change. */
const API_VERSION = '1.0.0';

/**
 * The OpenAPI 3.1 document of a pipeline's query API, all of it from the definition: names, group-by fields, values.
 *
 * @param server where the API is: a URL, or a path on the host that the document comes from
 */
export function openApiDocument(pipeline: Pipeline, server = '/') {
  const parameters = parametersOf(pipeline);
  const rows = (answer: 'Series' | 'Latest' | 'Top') => ({
    [FORMATS.json.accepted]: { schema: oneOfAggregates(pipeline, answer) },
    [FORMATS.ndjson.accepted]: {
      schema: {
        type: 'string',
        description:
          'A row a line, with window.final and window.amended; with window.partial, where there is such.',
      },
    },
    [FORMATS.csv.accepted]: {
      schema: { type: 'string', description: 'A row a line under a header, after RFC 4180.' },
    },
  });
  const json = (schema: JsonSchema) => ({ [FORMATS.json.accepted]: { schema } });
  const get = (
    name: keyof typeof QUERY_PATHS,
    summary: string,
    content: object,
    errors: readonly (keyof typeof PROBLEMS)[],
  ) => ({
    get: {
      operationId: name,
      summary,
      parameters: parameters[name],
      responses: {
        200: { description: 'The answer.', headers: headersOf(name), content },
        304: { description: 'As before: the tag is among those of If-None-Match.', headers: headersOf(name) },
        ...Object.fromEntries(
          [...errors, ...EVERYWHERE].map((status) => [status, problem(PROBLEMS[status])]),
        ),
      },
    },
  });
  const top = get(
    'top',
    'The groups with the greatest values of a metric, or the least, in a window or in a range of windows together.',
    rows('Top'),
    [400, 404, 406, 503],
  );
  return {
    openapi: '3.1.0',
    info: {
      title: `Weir: ${pipeline.name}`,
      version: API_VERSION,
      description: `Values of the pipeline ${pipeline.name}: exact windowed aggregates, with how fresh and complete they are.`,
    },
    servers: [{ url: server }],
    security: [{ iam: [] }, { iam: [], apiKey: [] }],
    paths: {
      [QUERY_PATHS.aggregates]: get(
        'aggregates',
        'What can be asked for.',
        json({ $ref: '#/components/schemas/Aggregates' }),
        [400],
      ),
      [QUERY_PATHS.series]: get(
        'series',
        "An aggregate's values in a range, by window and then by group.",
        rows('Series'),
        [400, 404, 406, 503],
      ),
      [QUERY_PATHS.latest]: get(
        'latest',
        'The newest window that has a value.',
        rows('Latest'),
        [400, 404, 406, 503],
      ),
      ...(pipeline.aggregates.some(hasTop) ? { [QUERY_PATHS.top]: top } : {}),
      [QUERY_PATHS.several]: get(
        'several',
        'The values of several aggregates in the same range.',
        json({ $ref: '#/components/schemas/Several' }),
        [400, 406, 503],
      ),
      [QUERY_PATHS.health]: {
        get: {
          operationId: 'health',
          summary: 'Whether all that the pipeline needs is there, and how fresh its values are.',
          parameters: [],
          responses: {
            200: { description: 'All is there.', content: json({ $ref: '#/components/schemas/Health' }) },
            400: problem(PROBLEMS[400]),
            503: {
              description: 'Something is wrong: what, is in checks.',
              content: json({ $ref: '#/components/schemas/Health' }),
            },
            ...Object.fromEntries(EVERYWHERE.map((status) => [status, problem(PROBLEMS[status])])),
          },
        },
      },
      [QUERY_PATHS.openApi]: get('openApi', 'This document.', json({ type: 'object' }), [400]),
    },
    components: {
      schemas: schemasOf(pipeline),
      securitySchemes: {
        iam: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          description: 'AWS Signature Version 4, for the service execute-api.',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
        apiKey: { type: 'apiKey', name: 'x-api-key', in: 'header' },
      },
    },
  };
}

const PROBLEMS = {
  400: 'Parameters that are not understood, all of them in errors.',
  403: 'Not signed, or not allowed to ask.',
  404: 'The pipeline has no such aggregate.',
  406: 'No format that the client accepts.',
  429: 'Too many requests, or more than the key has left.',
  500: 'A mistake in Weir, or in what is stored.',
  503: 'The table does not answer at the moment; ask again.',
} as const;

/** What API Gateway answers by itself, and what nobody hopes for. */
const EVERYWHERE = [403, 429, 500] as const;

const TAG_HEADERS = {
  etag: header('A tag of the values, for If-None-Match: all of the answer but its freshness.', true),
  'cache-control': header('How long the answer may be used without asking again.', true),
};

const VALUE_HEADERS = {
  ...TAG_HEADERS,
  'weir-newest-event': header('As newestEvent, if there is one.', false),
  'weir-age-ms': header('As ageMs.', false),
  'weir-watermark': header('As watermark, if there is one.', false),
  'weir-holes': header('How many holes there are.', true),
  'weir-next': header('As next, where more follows.', false),
};

function headersOf(operation: keyof typeof QUERY_PATHS) {
  return operation === 'aggregates' || operation === 'openApi' ? TAG_HEADERS : VALUE_HEADERS;
}

function header(description: string, required: boolean) {
  return { description, required, schema: { type: 'string' } };
}

function problem(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
