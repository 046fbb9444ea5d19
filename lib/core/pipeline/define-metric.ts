import type { Scalar } from '#core/metrics/metric-kind.ts';
import { kindNamed, useMetricKind } from '#core/metrics/metric-kinds.ts';
import { kindOfStates, type StateKind } from '#core/metrics/state-column.ts';
import { eventSpec, type MetricOptions, type MetricSpec, numberSpec, scalarSpec } from './metrics.ts';

/** What a metric of one's own does with the events of one group: see `StateKind`. */
export type MetricDefinition<State, Value extends Scalar = Scalar> = StateKind<State, Value>;

export interface OwnMetricOptions<Event> extends MetricOptions<Event> {
  /** Numbers that the kind needs beside the events; part of the aggregate's version. */
  readonly params?: readonly number[];
}

type NumberMetric = <const Field extends string, Event>(
  field: Field,
  options?: OwnMetricOptions<Event>,
) => MetricSpec<Field, Event>;
type ScalarMetric = <const Field extends string, Event>(
  field: Field,
  options?: OwnMetricOptions<Event>,
) => MetricSpec<Field, Event, 'scalar'>;
type EventMetric = <Event>(options?: OwnMetricOptions<Event>) => MetricSpec<never, Event, 'nothing'>;

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/**
 * Makes a kind of metric, by what it does with the state of one group, and gives the function to use it by in a
 * definition. Its name is stored in blocks: a kind whose states get another meaning needs another name.
 *
 * Blocks are folded and read wherever the pipeline's module was imported. Throws `TypeError` for a name that can't be,
 * `RangeError` for one that is taken.
 */
export function defineMetric<State>(
  definition: MetricDefinition<State, number> & { readonly input: 'number' },
): NumberMetric;
export function defineMetric<State>(
  definition: MetricDefinition<State> & { readonly input: 'scalar' },
): ScalarMetric;
export function defineMetric<State>(
  definition: MetricDefinition<State, number> & { readonly input: 'nothing' },
): EventMetric;
export function defineMetric<State>(
  definition: MetricDefinition<State, number> | MetricDefinition<State>,
): NumberMetric | ScalarMetric | EventMetric {
  const { kind, input } = definition;
  if (!NAME.test(kind)) {
    throw new TypeError(
      `a metric kind can't be called ${JSON.stringify(kind)}: use 1 to 64 letters, digits and '_', beginning with a letter`,
    );
  }
  if (kindNamed(kind) !== undefined) {
    throw new RangeError(`there is a metric kind ${JSON.stringify(kind)} already; choose another name`);
  }
  useMetricKind(kindOfStates(definition));
  if (input === 'nothing') {
    return <Event>(options?: OwnMetricOptions<Event>) => eventSpec(kind, options, options?.params);
  }
  if (input === 'number') {
    return <const Field extends string, Event>(field: Field, options?: OwnMetricOptions<Event>) =>
      numberSpec(kind, field, options, options?.params);
  }
  return <const Field extends string, Event>(field: Field, options?: OwnMetricOptions<Event>) =>
    scalarSpec(kind, field, options, options?.params);
}
