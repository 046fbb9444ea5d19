import type { MetricInput } from '#core/metrics/metric-kind.ts';
import { HYPER_LOG_LOG_DEFAULTS } from '#core/sketches/hyper-log-log.ts';
import { QUANTILE_DEFAULTS } from '#core/sketches/quantile-sketch.ts';
import { capacityForTop } from '#core/sketches/top-k.ts';

/**
 * A metric in a pipeline's definition. `Field` is the field it reads, `Event` what its `where` looks at, `Input`
 * what it takes, and `By` the field it is ranked by; all are checked against the schema where the metric is put to use.
 */
export interface MetricSpec<
  Field extends string,
  Event = unknown,
  Input extends MetricInput = 'number',
  By extends string = never,
> {
  readonly kind: string;
  readonly field: Field | undefined;
  /** The second field of `maxBy` and `minBy`. */
  readonly by?: By;
  readonly where: ((event: Event) => boolean) | undefined;
  readonly essential: boolean;
  /** What else the kind needs: a histogram's bounds. */
  readonly params: readonly number[];
  readonly input: Input;
}

export interface MetricOptions<Event> {
  /** Only events for which this holds contribute. A pure function: same event, same answer. */
  readonly where?: (event: Event) => boolean;
  /** Kept exact under overload too, when other metrics are caught up on later; needs the pipeline's `capacity`. */
  readonly essential?: boolean;
}

/** A metric of one field's numbers. */
export function numberSpec<Field extends string, Event>(
  kind: string,
  field: Field,
  options: MetricOptions<Event> | undefined,
  params: readonly number[] = [],
): MetricSpec<Field, Event> {
  return {
    kind,
    field,
    where: options?.where,
    essential: options?.essential ?? false,
    params,
    input: 'number',
  };
}

/** A metric of one field's values, of whatever type. */
export function scalarSpec<Field extends string, Event>(
  kind: string,
  field: Field,
  options: MetricOptions<Event> | undefined,
  params: readonly number[] = [],
): MetricSpec<Field, Event, 'scalar'> {
  return {
    kind,
    field,
    where: options?.where,
    essential: options?.essential ?? false,
    params,
    input: 'scalar',
  };
}

/** A metric of the events themselves. */
export function eventSpec<Event>(
  kind: string,
  options: MetricOptions<Event> | undefined,
  params: readonly number[] = [],
): MetricSpec<never, Event, 'nothing'> {
  return {
    kind,
    field: undefined,
    where: options?.where,
    essential: options?.essential ?? false,
    params,
    input: 'nothing',
  };
}

/** How many events. */
export function count<Event>(options?: MetricOptions<Event>): MetricSpec<never, Event, 'nothing'> {
  return eventSpec('count', options);
}

/** How many events a second, over the whole length of the window. */
export function rate<Event>(options?: MetricOptions<Event>): MetricSpec<never, Event, 'nothing'> {
  return eventSpec('rate', options);
}

/** The exact sum of a field's numbers, rounded once, when it is read. 0 where there is no event. */
export function sum<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('sum', field, options);
}

/** The least of a field's numbers; `null` where there is no event. */
export function min<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('min', field, options);
}

/** The greatest of a field's numbers; `null` where there is no event. */
export function max<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('max', field, options);
}

/** The mean of a field's numbers; `null` where there is no event. */
export function mean<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('mean', field, options);
}

/** The standard deviation of a field's numbers, of the population (divided by n); `null` where there is no event. */
export function stddev<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('stddev', field, options);
}

/** The variance of a field's numbers, of the population (divided by n); `null` where there is no event. */
export function variance<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('variance', field, options);
}

/**
 * How many of a field's numbers lie in each bucket: below the first bound, from each bound up to below the next, and
 * from the last on. `bounds`: 1 to 1,000, ascending.
 */
export function histogram<const Field extends string, Event>(
  field: Field,
  bounds: readonly number[],
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('histogram', field, options, bounds);
}

/** A field's value in the event that is first by event time; `null` where there is no event. */
export function first<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event, 'scalar'> {
  return scalarSpec('first', field, options);
}

/** A field's value in the event that is last by event time; `null` where there is no event. */
export function last<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event, 'scalar'> {
  return scalarSpec('last', field, options);
}

/**
 * A field's value in the event that has the greatest number in another field: `maxBy('bidder', 'price')` is who bid most.
 * Of several that have it, the first by event time, so that several metrics by one field are of one event. `null` where
 * there is no event.
 */
export function maxBy<const Field extends string, const By extends string, Event>(
  field: Field,
  by: By,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event, 'scalar', By> {
  return { ...scalarSpec('maxBy', field, options), by };
}

/**
 * A field's value in the event that has the least number in another field, of several the first by event time; `null`
 * where there is no event.
 */
export function minBy<const Field extends string, const By extends string, Event>(
  field: Field,
  by: By,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event, 'scalar', By> {
  return { ...scalarSpec('minBy', field, options), by };
}

export interface DistinctOptions<Event> extends MetricOptions<Event> {
  /** From 4 to 16; 12 unless said. Each step up doubles the bytes a group may take; two steps halve the error. */
  readonly precision?: number;
}

/**
 * About how many different values a field has: a whole number with a standard error of 1.04 / sqrt(2^precision), which
 * is 1.6 %. Up to 2^precision / 6 values (682) it is off by hardly ever more than one.
 */
export function distinct<const Field extends string, Event>(
  field: Field,
  options?: DistinctOptions<Event>,
): MetricSpec<Field, Event, 'scalar'> {
  return scalarSpec('distinct', field, options, [options?.precision ?? HYPER_LOG_LOG_DEFAULTS.precision]);
}

export interface QuantileOptions<Event> extends MetricOptions<Event> {
  /** How far the answer may be from the true one, as a fraction of it: 0.0001 to 0.2; 0.01 unless said. */
  readonly relativeError?: number;
}

/**
 * A quantile of a field's numbers, such as 0.95: the least number that so great a fraction of them does not exceed,
 * within 1 % of itself; `null` where there is no event.
 */
export function quantile<const Field extends string, Event>(
  field: Field,
  q: number,
  options?: QuantileOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('quantile', field, options, [relativeErrorOf(options), q]);
}

/**
 * Several quantiles of a field's numbers at the cost of one: a list of `{ quantile, value }`, in the order given.
 * Up to 100.
 */
export function quantiles<const Field extends string, Event>(
  field: Field,
  qs: readonly number[],
  options?: QuantileOptions<Event>,
): MetricSpec<Field, Event> {
  return numberSpec('quantiles', field, options, [relativeErrorOf(options), ...[qs].flat()]);
}

export interface TopKOptions<Event> extends MetricOptions<Event> {
  /** How many values are kept, from k to 10,000; 10 k unless said, and at least 100. */
  readonly capacity?: number;
}

/**
 * The k values of a field that came most often, 1 to 1,000: a list of `{ value, count, error }`, most frequent first.
 * A value came at most `count` times, and at least `count - error` times. All is exact if the field has no more
 * different values than are kept; else no error is more than all events over the number of values that are kept.
 */
export function topK<const Field extends string, Event>(
  field: Field,
  k: number,
  options?: TopKOptions<Event>,
): MetricSpec<Field, Event, 'scalar'> {
  return scalarSpec('topK', field, options, [k, options?.capacity ?? capacityForTop(k)]);
}

function relativeErrorOf(options: QuantileOptions<never> | undefined): number {
  return options?.relativeError ?? QUANTILE_DEFAULTS.relativeError;
}
