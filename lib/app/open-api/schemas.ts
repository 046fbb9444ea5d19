import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import { hasTop, sizesOf } from '../query-api/levels.ts';
import { type JsonSchema, metricValues } from '../query-api/metric-values.ts';

const INSTANT = { type: 'string', format: 'date-time' };
const INSTANT_OR_NONE = { type: ['string', 'null'], format: 'date-time' };

/** Any answer: all its members are always there, and there are no others. */
function object(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

const freshness = object(
  {
    newestEvent: {
      ...INSTANT_OR_NONE,
      description: 'The time of the newest event that is counted; null before the first.',
    },
    ageMs: { type: ['integer', 'null'], minimum: 0, description: 'How long ago that was, for this answer.' },
    watermark: {
      ...INSTANT_OR_NONE,
      description: 'Up to where the stream is complete, but for what is late; null before the first event.',
    },
  },
  'How far the values go.',
);

/** Of an answer of top: either the window, or the range whose windows are taken together. */
const SPANS = {
  window: { ...INSTANT_OR_NONE, description: 'Where the window begins; null: there is none.' },
  from: {
    ...INSTANT_OR_NONE,
    description: 'Where the first window of the range begins; null: there is none.',
  },
  to: { ...INSTANT_OR_NONE, description: 'Where the last one ends.' },
} as const;

function withSpan(schema: JsonSchema): JsonSchema {
  const { properties, ...rest } = schema as { readonly properties: Readonly<Record<string, JsonSchema>> };
  return {
    ...rest,
    properties: { ...properties, ...SPANS },
    oneOf: [{ required: ['window'] }, { required: ['from', 'to'] }],
  };
}

const window = object({
  windowStart: { ...INSTANT, description: 'Of a session: its first event.' },
  windowEnd: { ...INSTANT, description: 'Exclusive. Of a session: its last event, and the gap.' },
  final: { type: 'boolean', description: 'Closed: nothing that comes on time can change it any more.' },
  amended: { type: 'boolean', description: 'Closed, and something came late all the same: it is counted.' },
});
/** The one member that is only there where it says something. */
const partial: JsonSchema = {
  type: 'array',
  items: { type: 'string' },
  description:
    'Metrics that not all events of the window are in: some were counted by a definition without them. Only there where there are such.',
};
const windowWithPartial: JsonSchema = {
  ...window,
  properties: { ...(window['properties'] as Record<string, JsonSchema>), partial },
};

const sizedWindow = object({
  type: { enum: ['tumbling', 'hopping'] },
  size: { type: 'string' },
  every: { type: 'string', description: "From one window's start to the next." },
});

const sessionWindow = object({
  type: { const: 'session' },
  gap: { type: 'string', description: 'Events of a group that are no further apart are in one session.' },
  longest: { type: 'string', description: 'A session that goes on for longer is cut at a multiple of this.' },
});

const hole = object(
  {
    aggregate: { type: 'string' },
    reduced: {
      type: 'integer',
      minimum: 0,
      description: 'Events that only the essential metrics have: `metrics` lack them.',
    },
    held: {
      type: 'integer',
      minimum: 0,
      description: 'Events of low priority that no metric has.',
    },
    metrics: { ...list({ type: 'string' }), description: 'Those that lack the reduced events.' },
    windowStart: INSTANT,
    windowEnd: { ...INSTANT, description: 'Exclusive.' },
  },
  'What of a window was left out under load, and is still to be counted. What is not named is exact.',
);

const problem: JsonSchema = {
  type: 'object',
  description: 'What went wrong, after RFC 9457.',
  required: ['type', 'title', 'detail'],
  properties: {
    type: { type: 'string', description: 'urn:weir:problem: and the kind of problem.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was found, where, and what to do.' },
    errors: list(object({ parameter: { type: 'string' }, detail: { type: 'string' } })),
  },
};

/** The components of a pipeline's document. An aggregate's schemas are named after it: `Row_`, `Series_` and so on. */
export function schemasOf(pipeline: Pipeline): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = {
    Problem: problem,
    Freshness: freshness,
    Window: windowWithPartial,
    Hole: hole,
    Aggregates: aggregatesSchema(pipeline),
    Several: severalSchema(pipeline),
    Health: healthSchema(pipeline),
  };
  for (const aggregate of pipeline.aggregates) {
    schemas[`Row_${aggregate.name}`] = rowSchema(aggregate);
    for (const answer of ['Series', 'Latest', ...(hasTop(aggregate) ? (['Top'] as const) : [])] as const) {
      const schema = answerSchema(pipeline, aggregate, ASKED[answer](aggregate));
      schemas[`${answer}_${aggregate.name}`] = answer === 'Top' ? withSpan(schema) : schema;
    }
  }
  return schemas;
}

function healthSchema(pipeline: Pipeline): JsonSchema {
  const status = { enum: ['ok', 'failing'] };
  const check = {
    type: 'object',
    required: ['name', 'status', 'ms'],
    properties: {
      name: { type: 'string' },
      status,
      ms: { type: 'number', description: 'How long it took to find out.' },
      what: { type: 'string', description: 'What is wrong.' },
    },
  };
  return object({
    pipeline: { const: pipeline.name },
    status,
    checks: list(check),
    freshness: object({
      newestEvent: { ...INSTANT_OR_NONE, description: 'Time of the newest event that is counted.' },
      ageMs: { type: ['number', 'null'], description: 'From there to now.' },
      watermark: { ...INSTANT_OR_NONE, description: 'Up to there, events come in time no more.' },
      finalThrough: { ...INSTANT_OR_NONE, description: 'Windows that end by then are final.' },
    }),
  });
}

/** The answers about one aggregate, told apart by its name. */
export function oneOfAggregates(pipeline: Pipeline, answer: keyof typeof ASKED): JsonSchema {
  const answering = answer === 'Top' ? pipeline.aggregates.filter(hasTop) : pipeline.aggregates;
  const names = answering.map(({ name }) => name);
  return {
    oneOf: names.map((name) => ref(`${answer}_${name}`)),
    discriminator: {
      propertyName: 'aggregate',
      mapping: Object.fromEntries(names.map((name) => [name, `#/components/schemas/${answer}_${name}`])),
    },
  };
}

const ASKED = {
  Series: () => ({ from: INSTANT_OR_NONE, to: INSTANT_OR_NONE }),
  Latest: () => ({ final: { type: 'boolean', description: 'Whether only final windows were looked at.' } }),
  Top: ({ metrics }: Aggregate) => ({
    by: { enum: metrics.map(({ name }) => name) },
    order: { enum: ['desc', 'asc'] },
    groups: { type: 'integer', minimum: 0, description: 'Groups in the window, of which these are the top.' },
  }),
};

function answerSchema(
  pipeline: Pipeline,
  aggregate: Aggregate,
  asked: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  return object({
    pipeline: { const: pipeline.name },
    aggregate: { const: aggregate.name },
    level: { enum: sizesOf(aggregate), description: 'Size of the windows; of sessions, the gap.' },
    ...asked,
    freshness: ref('Freshness'),
    holes: list(ref('Hole')),
    windows: { ...list(ref('Window')), description: 'The windows of the rows, and those that have holes.' },
    rows: list(ref(`Row_${aggregate.name}`)),
    next: NEXT,
  });
}

const NEXT = {
  type: ['string', 'null'],
  description: 'Give it as cursor, with the same parameters, for the rest; null: this is all.',
};

function severalSchema(pipeline: Pipeline): JsonSchema {
  const parts = pipeline.aggregates.map((aggregate) => [
    aggregate.name,
    object({
      level: { enum: sizesOf(aggregate) },
      windows: list(ref('Window')),
      rows: list(ref(`Row_${aggregate.name}`)),
    }),
  ]);
  return object({
    pipeline: { const: pipeline.name },
    from: INSTANT,
    to: INSTANT,
    freshness: ref('Freshness'),
    holes: list(ref('Hole')),
    aggregates: {
      type: 'object',
      description: 'By name; those asked for, as far as this page goes.',
      properties: Object.fromEntries(parts),
      additionalProperties: false,
    },
    next: NEXT,
  });
}

/** `metrics=` leaves some out. */
function rowSchema({ groupBy, metrics }: Aggregate): JsonSchema {
  const group = object(
    Object.fromEntries(groupBy.map((field) => [field, { type: ['string', 'number', 'boolean', 'null'] }])),
  );
  const values = metrics.map(({ by, field, kind, name, where }) => {
    const of = field === undefined ? 'events' : field;
    const rankedBy = by === undefined ? '' : ` by ${by}`;
    const filtered = where === undefined ? '' : ', of some events only';
    const { isExact, schema } = metricValues(kind);
    const description = `${kind} of ${of}${rankedBy}${filtered}; ${isExact ? 'exact' : 'approximate'}`;
    return [name, { ...schema, description }];
  });
  return {
    type: 'object',
    required: ['group', 'windowStart', 'windowEnd'],
    properties: { group, windowStart: INSTANT, windowEnd: INSTANT, ...Object.fromEntries(values) },
    additionalProperties: false,
  };
}

function aggregatesSchema(pipeline: Pipeline): JsonSchema {
  const metric = object({
    name: { type: 'string' },
    kind: { type: 'string' },
    params: { ...list({ type: 'number' }), description: "The kind's own: a histogram's bounds, say." },
    field: { type: ['string', 'null'] },
    by: { type: ['string', 'null'], description: 'The second field of maxBy and minBy.' },
    filtered: { type: 'boolean', description: 'Only some events contribute: the metric has a where.' },
    exact: { type: 'boolean' },
  });
  const aggregate = object({
    name: { enum: pipeline.aggregates.map(({ name }) => name) },
    groupBy: list({ type: 'string' }),
    filtered: { type: 'boolean', description: 'Only some events are in it: the aggregate has a where.' },
    window: { oneOf: [sizedWindow, sessionWindow] },
    levels: { ...list({ type: 'string' }), description: 'Sizes of windows, for level=.' },
    groupsMax: { type: 'integer', description: 'Groups a window keeps apart; the rest is __other__.' },
    metrics: list(metric),
  });
  return object({ pipeline: { const: pipeline.name }, aggregates: list(aggregate) });
}
