import type { EpochMs, GroupKey, WindowStart } from '#core/brand.ts';
import { explainGroupKey, groupKeyOf } from '#core/group-key.ts';
import { GroupTable } from '#core/group-table.ts';
import { NUMBER_MAX } from '#core/metrics/number-range.ts';
import type { Aggregate, Metric, Pipeline } from '#core/pipeline/pipeline.ts';
import type { BlockKey } from '#core/protocol/block.ts';
import type { Rejection } from '#core/rejection.ts';
import { windowStartOf } from '#core/time/window.ts';
import { type CheckedEvent, reject, userCodeRejection } from './check-event.ts';

/** What a batch adds to one window of one aggregate. */
export interface Delta {
  readonly key: BlockKey;
  readonly windowEnd: EpochMs;
  readonly groupsMax: number;
  readonly table: GroupTable;
}

/** An input that does not contribute: the field is missing or null, or the metric's `where` says no. */
const NOTHING = Number.NaN;

interface Plan {
  readonly aggregate: Aggregate;
  readonly metrics: readonly Metric[];
  readonly layout: readonly { readonly name: string; readonly kind: string }[];
  /** An event's group and inputs, found before anything is added, so that an event counts entirely or not at all. */
  group: GroupKey;
  readonly inputs: number[];
  readonly windows: Map<WindowStart, GroupTable>;
}

/** Aggregates the events of a batch by aggregate, window and group. Nothing but memory is touched. */
export class BatchDeltas {
  readonly #plans: readonly Plan[];
  #cells = 0;

  constructor(pipeline: Pipeline) {
    this.#plans = pipeline.aggregates.map(planOf);
  }

  /** How many groups, over all windows and aggregates: what the deltas' size grows with. */
  get cells(): number {
    return this.#cells;
  }

  /** Adds one event to all aggregates, or says why it can't be added to one of them and adds it to none. */
  add(checked: CheckedEvent): Rejection | undefined {
    for (const plan of this.#plans) {
      const rejection = prepare(plan, checked.event);
      if (rejection !== undefined) return rejection;
    }
    for (const plan of this.#plans) this.#apply(plan, checked.time);
    return undefined;
  }

  #apply(plan: Plan, time: EpochMs): void {
    const start = windowStartOf(time, plan.aggregate.window.sizeMs);
    let table = plan.windows.get(start);
    if (table === undefined) {
      table = GroupTable.empty(plan.layout);
      plan.windows.set(start, table);
    }
    const before = table.size;
    const row = table.row(plan.group);
    this.#cells += table.size - before;
    for (let i = 0; i < plan.inputs.length; i++) {
      const input = plan.inputs[i] as number;
      // NaN, the only number that is not itself, stands for an event that does not contribute.
      if (input === input) table.column(i).add(row, input);
    }
  }

  /** The deltas, one a window of an aggregate. */
  *deltas(): Generator<Delta> {
    for (const { aggregate, windows } of this.#plans) {
      for (const [windowStart, table] of windows) {
        yield {
          key: { aggregate: aggregate.name, generation: aggregate.generation, windowStart },
          windowEnd: (windowStart + aggregate.window.sizeMs) as EpochMs,
          groupsMax: aggregate.groupsMax,
          table,
        };
      }
    }
  }
}

function planOf(aggregate: Aggregate): Plan {
  // By name, so that a definition whose metrics change places has the same blocks.
  const metrics = [...aggregate.metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    aggregate,
    metrics,
    layout: metrics.map(({ name, kind }) => ({ name, kind })),
    group: '' as GroupKey,
    inputs: metrics.map(() => NOTHING),
    windows: new Map(),
  };
}

function prepare(plan: Plan, event: Readonly<Record<string, unknown>>): Rejection | undefined {
  const { aggregate, metrics, inputs } = plan;
  const values = aggregate.groupBy.map((field) => own(event, field));
  const group = groupKeyOf(values);
  if (group === undefined)
    return reject('group', `${aggregate.name}: ${explainGroupKey(values, aggregate.groupBy)}`);
  plan.group = group;
  for (let i = 0; i < inputs.length; i++) {
    const metric = metrics[i];
    if (metric === undefined) continue;
    if (metric.where !== undefined) {
      let holds: unknown;
      try {
        holds = metric.where(event as never);
      } catch (error) {
        return userCodeRejection(`aggregates.${aggregate.name}.metrics.${metric.name}.where`, error);
      }
      if (!holds) {
        inputs[i] = NOTHING;
        continue;
      }
    }
    if (metric.field === undefined) {
      inputs[i] = 0;
      continue;
    }
    const value = own(event, metric.field);
    if (typeof value === 'number' && value >= -NUMBER_MAX && value <= NUMBER_MAX) inputs[i] = value + 0;
    else if (value === undefined || value === null) inputs[i] = NOTHING;
    else return numberRejection(`${aggregate.name}.${metric.name}`, metric.field, value);
  }
  return undefined;
}

function numberRejection(place: string, field: string, value: unknown): Rejection {
  if (typeof value !== 'number')
    return reject('number', `${place}: '${field}' is of type ${typeof value}, not a number`);
  const what = Number.isFinite(value)
    ? `is beyond ±${NUMBER_MAX}, the range in which sums are exact`
    : 'is no finite number';
  return reject('number', `${place}: '${field}' ${what}`);
}

/** A field of the event itself: what every object inherits, such as `constructor`, is no field. */
function own(event: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(event, field) ? event[field] : undefined;
}
