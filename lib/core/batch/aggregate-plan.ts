import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import { explainGroupKey, groupKeyOf } from '#core/group-key.ts';
import { GroupTable, type Layout } from '#core/group-table.ts';
import { NUMBER_MAX } from '#core/metrics/number-range.ts';
import type { Aggregate, Metric } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';
import { windowStartOf } from '#core/time/window.ts';
import { reject, userCodeRejection } from './check-event.ts';

type Event = Readonly<Record<string, unknown>>;

/** An input that does not contribute: the field is missing or null, or the metric's `where` says no. */
const NOTHING = Number.NaN;

/** Takes events into one aggregate, in two steps: whether all aggregates take an event is known before any does. */
export class AggregatePlan {
  readonly aggregate: Aggregate;
  readonly windows = new Map<WindowStart, GroupTable>();
  readonly #groupBy: readonly FieldReader[];
  readonly #metrics: readonly MetricPlan[];
  readonly #layout: Layout;
  /** Of the event that was prepared last; kept from event to event, as there are millions of them. */
  readonly #values: unknown[];
  readonly #inputs: number[];
  #group: GroupKey = '' as GroupKey;

  constructor(aggregate: Aggregate) {
    // By name, so that a definition whose metrics change places has the same blocks.
    const metrics = [...aggregate.metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.aggregate = aggregate;
    this.#groupBy = aggregate.groupBy.map((field) => new FieldReader(field));
    this.#metrics = metrics.map(planMetric);
    this.#layout = metrics.map(({ name, kind }) => ({ name, kind }));
    this.#values = aggregate.groupBy.map(() => undefined);
    this.#inputs = metrics.map(() => NOTHING);
  }

  /** Finds an event's group and numbers, or why it can't be taken. Nothing is added yet. */
  prepare(event: Event): Rejection | undefined {
    for (let i = 0; i < this.#groupBy.length; i++) this.#values[i] = this.#groupBy[i]?.read(event);
    const group = groupKeyOf(this.#values);
    if (group === undefined) {
      const { name, groupBy } = this.aggregate;
      return reject('group', `${name}: ${explainGroupKey(this.#values, groupBy)}`);
    }
    this.#group = group;
    for (let i = 0; i < this.#metrics.length; i++) {
      const input = this.#inputOf(this.#metrics[i] as MetricPlan, event);
      if (typeof input !== 'number') return input;
      this.#inputs[i] = input;
    }
    return undefined;
  }

  /** Adds the event that was prepared last. Returns how many groups are new: one or none. */
  apply(time: EpochMs): number {
    const table = this.#tableOf(windowStartOf(time, this.aggregate.window.sizeMs));
    const before = table.size;
    const row = table.row(this.#group);
    for (let i = 0; i < this.#inputs.length; i++) {
      const input = this.#inputs[i] as number;
      // NaN, the only number that is not itself, stands for an event that does not contribute.
      if (input === input) table.column(i).add(row, input);
    }
    return table.size - before;
  }

  #tableOf(start: WindowStart): GroupTable {
    let table = this.windows.get(start);
    if (table === undefined) {
      table = GroupTable.empty(this.#layout);
      this.windows.set(start, table);
    }
    return table;
  }

  #inputOf({ metric, reader }: MetricPlan, event: Event): number | Rejection {
    if (metric.where !== undefined) {
      try {
        if (!metric.where(event as never)) return NOTHING;
      } catch (error) {
        return userCodeRejection(`aggregates.${this.aggregate.name}.metrics.${metric.name}.where`, error);
      }
    }
    if (reader === undefined) return 0;
    const value = reader.read(event);
    if (typeof value === 'number' && value >= -NUMBER_MAX && value <= NUMBER_MAX) return value;
    if (value === undefined || value === null) return NOTHING;
    return reject('number', `${this.aggregate.name}.${metric.name}: ${explainNumber(reader.field, value)}`);
  }
}

interface MetricPlan {
  readonly metric: Metric;
  /** None for a metric that takes nothing. */
  readonly reader: FieldReader | undefined;
}

function planMetric(metric: Metric): MetricPlan {
  return { metric, reader: metric.field === undefined ? undefined : new FieldReader(metric.field) };
}

/** Reads a field of the event itself: what every object inherits, such as `constructor`, is no field. */
class FieldReader {
  readonly field: string;
  readonly #isInherited: boolean;

  constructor(field: string) {
    this.field = field;
    this.#isInherited = field in Object.prototype;
  }

  read(event: Event): unknown {
    return this.#isInherited && !Object.hasOwn(event, this.field) ? undefined : event[this.field];
  }
}

function explainNumber(field: string, value: unknown): string {
  if (typeof value !== 'number') return `'${field}' is of type ${typeof value}, not a number`;
  const what = Number.isFinite(value)
    ? `is beyond ±${NUMBER_MAX}, the range in which sums are exact`
    : 'is no finite number';
  return `'${field}' ${what}`;
}
