/**
 * A metric in a pipeline's definition. `Field` is the field it reads, `Event` what its `where` looks at; both are
 * checked against the schema where the metric is put to use.
 */
export interface MetricSpec<Field extends string, Event = unknown> {
  readonly kind: string;
  readonly field: Field | undefined;
  readonly where: ((event: Event) => boolean) | undefined;
}

export interface MetricOptions<Event> {
  /** Only events for which this holds contribute. A pure function: same event, same answer. */
  readonly where?: (event: Event) => boolean;
}

function spec<Field extends string, Event>(
  kind: string,
  field: Field | undefined,
  options: MetricOptions<Event> | undefined,
): MetricSpec<Field, Event> {
  return { kind, field, where: options?.where };
}

/** How many events. */
export function count<Event>(options?: MetricOptions<Event>): MetricSpec<never, Event> {
  return spec<never, Event>('count', undefined, options);
}

/** The exact sum of a field's numbers, rounded once, when it is read. 0 where there is no event. */
export function sum<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return spec('sum', field, options);
}

/** The least of a field's numbers; `null` where there is no event. */
export function min<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return spec('min', field, options);
}

/** The greatest of a field's numbers; `null` where there is no event. */
export function max<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return spec('max', field, options);
}

/** The mean of a field's numbers; `null` where there is no event. */
export function mean<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return spec('mean', field, options);
}

/** The standard deviation of a field's numbers, of the population (divided by n); `null` where there is no event. */
export function stddev<const Field extends string, Event>(
  field: Field,
  options?: MetricOptions<Event>,
): MetricSpec<Field, Event> {
  return spec('stddev', field, options);
}
