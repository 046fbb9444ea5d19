import type { Scalar } from '#core/metrics/metric-kind.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';
import { NUMBER_MAX } from '#core/metrics/number-range.ts';
import type { Metric } from '#core/pipeline/pipeline.ts';
import type { Rejection } from '#core/rejection.ts';
import { reject, userCodeRejection } from './check-event.ts';
import { type Event, FieldReader } from './field-reader.ts';

/** An input that does not contribute: the field is missing or null, or the metric's `where` says no. */
export const NOTHING = Number.NaN;

/** Gets out of events what a metric takes. */
export class MetricInput {
  /** The metric's column in its aggregate's tables. */
  readonly column: number;
  /** Whether it takes values of any type, and not just numbers or nothing. */
  readonly takesScalars: boolean;
  /** Kept exact when others are left out. */
  readonly essential: boolean;
  readonly #metric: Metric;
  readonly #where: Metric['where'];
  readonly #aggregate: string;
  /** None for a metric that takes nothing. */
  readonly #reader: FieldReader | undefined;
  /** The field that a ranked metric goes by. */
  readonly #byReader: FieldReader | undefined;
  readonly #textUnitsMax: number;

  constructor(aggregate: string, metric: Metric, column: number, essential: boolean) {
    const kind = metricKind(metric.kind);
    this.column = column;
    this.takesScalars = kind.input === 'scalar';
    this.essential = essential;
    this.#metric = metric;
    this.#where = metric.where;
    this.#aggregate = aggregate;
    this.#reader = metric.field === undefined ? undefined : new FieldReader(metric.field);
    this.#byReader = metric.by === undefined ? undefined : new FieldReader(metric.by);
    this.#textUnitsMax = kind.textUnitsMax;
  }

  /** The number of an event, any for a metric that takes nothing; `NOTHING`; or why the event can't be taken. */
  number(event: Event): number | Rejection {
    if (this.#where !== undefined) {
      const contributes = this.#contributes(event);
      if (contributes !== true) return contributes === false ? NOTHING : contributes;
    }
    if (this.#reader === undefined) return 0;
    return this.#readNumber(this.#reader, event);
  }

  /** The number that a ranked metric goes by, any for one that is not; `NOTHING`; or why the event can't be taken. */
  by(event: Event): number | Rejection {
    return this.#byReader === undefined ? 0 : this.#readNumber(this.#byReader, event);
  }

  /** The value of an event; `NOTHING`; or why the event can't be taken. */
  scalar(event: Event): Scalar | Rejection {
    if (this.#where !== undefined) {
      const contributes = this.#contributes(event);
      if (contributes !== true) return contributes === false ? NOTHING : contributes;
    }
    const value = this.#reader?.read(event);
    if (typeof value === 'string' && value.length <= this.#textUnitsMax) return value;
    // Adding 0 turns -0 into 0: they are one value.
    if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
    if (typeof value === 'boolean') return value;
    if (value === undefined || value === null) return NOTHING;
    return this.#reject('value', explainScalar(value, this.#textUnitsMax), this.#metric.field);
  }

  #readNumber(reader: FieldReader, event: Event): number | Rejection {
    const value = reader.read(event);
    if (typeof value === 'number' && value >= -NUMBER_MAX && value <= NUMBER_MAX) return value;
    if (value === undefined || value === null) return NOTHING;
    return this.#reject('number', explainNumber(value), reader.field);
  }

  #contributes(event: Event): boolean | Rejection {
    try {
      return Boolean(this.#where?.(event as never));
    } catch (error) {
      return userCodeRejection(`aggregates.${this.#aggregate}.metrics.${this.#metric.name}.where`, error);
    }
  }

  #reject(reason: 'number' | 'value', problem: string, field: string | undefined): Rejection {
    return reject(reason, `${this.#aggregate}.${this.#metric.name}: '${field}' ${problem}`);
  }
}

function explainNumber(value: unknown): string {
  if (typeof value !== 'number') return `is of type ${typeof value}, not a number`;
  return Number.isFinite(value)
    ? `is beyond ±${NUMBER_MAX}, the range in which sums are exact`
    : 'is no finite number';
}

function explainScalar(value: unknown, textUnitsMax: number): string {
  if (typeof value === 'string') return `has over ${textUnitsMax} characters`;
  if (typeof value === 'number') return 'is no finite number';
  const found = Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
  return `is ${found}; this metric takes a string, number or boolean`;
}
