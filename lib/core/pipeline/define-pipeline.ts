import type { Scalar } from '#core/metrics/metric-kind.ts';
import { ownKindsAmong } from '#core/metrics/metric-kinds.ts';
import { checkAggregate } from './check-aggregate.ts';
import { checkCapacity, checkLadder } from './check-capacity.ts';
import { checkDerive } from './check-derive.ts';
import { checkDuplicates, type DuplicatesSpec } from './check-duplicates.ts';
import { checkLookups } from './check-lookup.ts';
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
import type { ConsistentLookups, LookupOutput, LookupSpec } from './lookup-spec.ts';
import type { MetricSpec } from './metrics.ts';
import type { Capacity, EventTime, GroupValue, Pipeline, Priority } from './pipeline.ts';
import { fieldsOfSchema, withFields } from './schema-fields.ts';
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
type ScalarField<Event> = FieldOf<Event, Scalar | null | undefined>;
/** An event without the value has no entry. */
type KeyField<Event> = FieldOf<Event, string | number | null | undefined>;
/** Of no fields: what a definition without `lookup` adds to its events. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- that it has no fields is what is meant
type Nothing = Record<never, never>;

/**
 * What `derive` adds to an event. The compiler looks at a definition twice, at first without the functions in it;
 * then it knows that there are names and no type yet, and `never`, which is of every type, lets the rest pass.
 */
type DeriveOutput<Names extends string, Derived> = string extends keyof Derived
  ? [Names] extends [never]
    ? Nothing
    : Readonly<Record<string, never>> & { readonly [Name in Names]: never }
  : Derived;

/** A metric of what the event has: numbers where it takes numbers. */
type MetricOf<Event> =
  | MetricSpec<NumberField<Event>, Event, 'nothing' | 'number'>
  | MetricSpec<ScalarField<Event>, Event, 'scalar', NumberField<Event>>;

/** One aggregate of a pipeline's definition. */
export interface AggregateSpec<Event> {
  /** Fields to group by; none: one group of all. */
  readonly groupBy: readonly GroupField<Event>[];
  /** Only events for which this holds are in it; others are as if they had not been. A pure function. */
  readonly where?: (event: Event) => boolean;
  readonly window: WindowSpec;
  readonly metrics: Readonly<Record<string, MetricOf<Event>>>;
  /** How many groups a window keeps apart, 10,000 unless said; further ones are counted together as `__other__`. */
  readonly groups?: number;
}

/** What a user declares: what events look like, when they happened, and which numbers are wanted over them. */
export interface PipelineSpec<
  Schema extends StandardSchema<unknown, unknown>,
  Names extends string = never,
  Derived extends Readonly<Record<string, GroupValue>> = Readonly<Record<string, GroupValue>>,
  Lookups extends Readonly<Record<string, LookupSpec>> = Nothing,
> {
  /** Small letters, digits, `-` and `_`, beginning with a letter; it is part of keys, metrics and resource names. */
  readonly name: string;
  /** Any Standard Schema validator: zod, valibot, arktype. Events that it refuses are set aside, never dropped. */
  readonly schema: Schema;
  /**
   * When the event happened: a Date, epoch milliseconds, or ISO 8601 text (without a zone: UTC). `arrival` is when the
   * stream took it in, in epoch milliseconds; it is the same each time that the event is looked at.
   */
  readonly eventTime: (event: SchemaOutput<Schema>, arrival: number) => EventTime;
  /** How long after newer events an event may come and still be on time; `1h` unless said. */
  readonly allowedLateness?: string;
  /** How far an event's time may be ahead of its arrival, for clocks that differ; `1h` unless said. */
  readonly maxAhead?: string;
  /**
   * What an event and its copies have in common, and no other event: of those that arrive in the same shard within the
   * horizon of `duplicates`, the first counts. Pure; a string that is not empty, or a finite number. 5 and '5' are one.
   */
  readonly eventId?: (event: SchemaOutput<Schema>) => string | number;
  /**
   * How long copies are looked for. Without `eventId`: copies of whole records, of producers that give each an id
   * (`recordIds`).
   */
  readonly duplicates?: DuplicatesSpec;
  /**
   * Fields that are computed from each event, to group by, to measure, or to look up by. Pure functions of the event
   * as the schema lets it through; one that throws, or gives anything but a string, finite number, boolean or null,
   * makes the event invalid.
   */
  readonly derive?: { readonly [Name in Names]: unknown } & {
    readonly [Name in keyof Derived]: (event: SchemaOutput<Schema>) => Derived[Name];
  };
  /** Fields from reference tables, by a key that the event has, or that is derived. */
  readonly lookup?: Lookups &
    ConsistentLookups<Lookups> & {
      readonly [Name in keyof Lookups]: {
        readonly key: KeyField<SchemaOutput<Schema> & DeriveOutput<NoInfer<Names>, NoInfer<Derived>>>;
      };
    };
  /**
   * What the function may take of one shard in a second with nothing left out: `{ eventsPerSecond: 2000 }`, or
   * `{ bytesPerSecond: 500_000 }` of records as they are stored. Beyond it, once answers lag, metrics that are not
   * `essential` and events of low `priority` are left for a repair that comes later. What such events still cost
   * (`reducedCost`, `heldCost`) is for the runtime on a laptop, which holds the function to its capacity.
   */
  readonly capacity?: Capacity;
  /** Which events may wait under overload. A pure function; one that throws stands for `normal`. */
  readonly priority?: (event: SchemaOutput<Schema>) => Priority;
  readonly aggregates: Readonly<
    Record<
      string,
      AggregateSpec<
        SchemaOutput<Schema> & DeriveOutput<NoInfer<Names>, NoInfer<Derived>> & LookupOutput<NoInfer<Lookups>>
      >
    >
  >;
}

const OPTIONS = [
  'name',
  'schema',
  'eventTime',
  'allowedLateness',
  'maxAhead',
  'eventId',
  'duplicates',
  'derive',
  'lookup',
  'capacity',
  'priority',
  'aggregates',
];
const PIPELINE_NAME = /^[a-z][a-z0-9_-]{0,47}$/;
const AGGREGATES_MAX = 50;

/**
 * Checks a pipeline's definition and makes it ready for use.
 *
 * Throws a `DefinitionError` that lists every mistake with its place and remedy.
 */
export function definePipeline<
  const Schema extends StandardSchema<unknown, unknown>,
  Names extends string = never,
  Derived extends Readonly<Record<string, GroupValue>> = Readonly<Record<string, GroupValue>>,
  const Lookups extends Readonly<Record<string, LookupSpec>> = Nothing,
>(spec: PipelineSpec<Schema, Names, Derived, Lookups>): Pipeline {
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
  const schemaFields = fieldsOfSchema(schema);
  const derive = checkDerive(spec.derive, schemaFields, report);
  const derived = derive.map((each) => each.name);
  const keyFields = withFields(schemaFields, derived);
  const lookups = checkLookups(spec.lookup, keyFields, derived, report);
  const lookedUp = lookups.flatMap((lookup) => lookup.fields.map((each) => each.name));
  const fields = withFields(keyFields, lookedUp);
  const aggregates = checkEntries(spec.aggregates, 'aggregates', AGGREGATES_MAX, report).flatMap(
    ([aggregate, given]) => checkAggregate(aggregate, given, fields, report),
  );
  const capacity = checkCapacity(spec.capacity, report);
  checkLadder(capacity, spec.priority, aggregates, report);
  const kinds = aggregates.flatMap(({ metrics }) => metrics.map(({ kind }) => kind));
  return {
    name,
    schema: schema as StandardSchema,
    eventTime: spec.eventTime as Pipeline['eventTime'],
    allowedLatenessMs: checkDuration(spec.allowedLateness ?? '1h', 'allowedLateness', report),
    maxAheadMs: checkDuration(spec.maxAhead ?? '1h', 'maxAhead', report),
    duplicates: checkDuplicates(spec.eventId, spec.duplicates, report),
    derive,
    lookups,
    aggregates,
    capacity,
    priority: spec.priority as Pipeline['priority'],
    ownKinds: ownKindsAmong(kinds),
  };
}
