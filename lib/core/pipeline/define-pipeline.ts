import { checkAggregate } from './check-aggregate.ts';
import {
  checkDuration,
  checkEntries,
  checkOptions,
  isObject,
  type Loose,
  type Report,
  show,
  textOf,
} from './definition-checks.ts';
import { DefinitionError, type DefinitionProblem } from './definition-error.ts';
import type { MetricSpec } from './metrics.ts';
import type { EventTime, GroupValue, Pipeline } from './pipeline.ts';
import { fieldsOfSchema } from './schema-fields.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import type { WindowSpec } from './windows.ts';

/** Names of an event's fields that hold nothing but `Value`. */
type FieldOf<Event, Value> = {
  [Field in keyof Event & string]-?: Event[Field] extends Value ? Field : never;
}[keyof Event & string];

/** An event without the field would belong to no group, so the field is required. */
type GroupField<Event> = FieldOf<Event, GroupValue>;
/** An event without the number does not contribute, as with SQL's NULL. */
type NumberField<Event> = FieldOf<Event, number | null | undefined>;

/** One aggregate of a pipeline's definition. */
export interface AggregateSpec<Event> {
  /** Fields to group by; none: one group of all. */
  readonly groupBy: readonly GroupField<Event>[];
  readonly window: WindowSpec;
  readonly metrics: Readonly<Record<string, MetricSpec<NumberField<Event>, Event>>>;
  /** How many groups a window keeps apart, 10,000 unless said; further ones are counted together as `__other__`. */
  readonly groups?: number;
}

/** What a user declares: what events look like, when they happened, and which numbers are wanted over them. */
export interface PipelineSpec<Schema extends StandardSchema<unknown, unknown>> {
  /** Small letters, digits, `-` and `_`, beginning with a letter; it is part of keys, metrics and resource names. */
  readonly name: string;
  /** Any Standard Schema validator: zod, valibot, arktype. Events that it refuses are set aside, never dropped. */
  readonly schema: Schema;
  /** When the event happened: a Date, epoch milliseconds, or ISO 8601 text (without a zone: UTC). */
  readonly eventTime: (event: SchemaOutput<Schema>) => EventTime;
  /** How long after newer events an event may come and still be on time; `1h` unless said. */
  readonly allowedLateness?: string;
  /** How far an event's time may be ahead of its arrival, for clocks that differ; `1h` unless said. */
  readonly maxAhead?: string;
  readonly aggregates: Readonly<Record<string, AggregateSpec<SchemaOutput<Schema>>>>;
}

const OPTIONS = ['name', 'schema', 'eventTime', 'allowedLateness', 'maxAhead', 'aggregates'];
const PIPELINE_NAME = /^[a-z][a-z0-9_-]{0,47}$/;
const AGGREGATES_MAX = 50;

/**
 * Checks a pipeline's definition and makes it ready for use.
 *
 * Throws a `DefinitionError` that lists every mistake with its place and remedy.
 */
export function definePipeline<const Schema extends StandardSchema<unknown, unknown>>(
  spec: PipelineSpec<Schema>,
): Pipeline {
  const given: unknown = spec;
  if (!isObject(given)) {
    const message = 'takes one object with name, schema, eventTime and aggregates';
    throw new DefinitionError('(no name)', [{ place: 'definePipeline', message }]);
  }
  const problems: DefinitionProblem[] = [];
  const pipeline = check(given, (place, message) => problems.push({ place, message }));
  if (problems.length > 0) throw new DefinitionError(show(given.name), problems);
  return pipeline;
}

function check(spec: Loose, report: Report): Pipeline {
  checkOptions(spec, OPTIONS, '', report);
  const name = textOf(spec.name);
  if (!PIPELINE_NAME.test(name)) {
    report(
      'name',
      `is ${show(spec.name)}; use 1 to 48 small letters, digits, '-' and '_', beginning with a letter`,
    );
  }
  const schema = spec.schema as StandardSchema | undefined;
  if (typeof schema?.['~standard']?.validate !== 'function') {
    report(
      'schema',
      'is no Standard Schema validator; give a schema of zod, valibot or arktype, e.g. z.object({ … })',
    );
  }
  if (typeof spec.eventTime !== 'function') {
    report(
      'eventTime',
      "is no function; give one that takes an event's time from it, e.g. (event) => event.date",
    );
  }
  const fields = fieldsOfSchema(schema);
  return {
    name,
    schema: schema as StandardSchema,
    eventTime: spec.eventTime as Pipeline['eventTime'],
    allowedLatenessMs: checkDuration(spec.allowedLateness ?? '1h', 'allowedLateness', report),
    maxAheadMs: checkDuration(spec.maxAhead ?? '1h', 'maxAhead', report),
    aggregates: checkEntries(spec.aggregates, 'aggregates', AGGREGATES_MAX, report).flatMap(
      ([aggregate, given]) => checkAggregate(aggregate, given, fields, report),
    ),
  };
}
