import type { EpochMs } from '#core/brand.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { BlockKey } from '#core/protocol/block.ts';
import type { Rejection } from '#core/rejection.ts';
import { AggregatePlan } from './aggregate-plan.ts';
import type { CheckedEvent } from './check-event.ts';

/** What a batch adds to one window of one aggregate. */
export interface Delta {
  readonly key: BlockKey;
  readonly windowEnd: EpochMs;
  readonly groupsMax: number;
  readonly table: GroupTable;
}

/** Aggregates the events of a batch by aggregate, window and group. Nothing but memory is touched. */
export class BatchDeltas {
  readonly #plans: readonly AggregatePlan[];
  #cells = 0;

  constructor(pipeline: Pipeline) {
    this.#plans = pipeline.aggregates.map((aggregate) => new AggregatePlan(aggregate));
  }

  /** How many groups, over all windows and aggregates: what the deltas' size grows with. */
  get cells(): number {
    return this.#cells;
  }

  /** Adds one event to all aggregates, or says why it can't be added to one of them and adds it to none. */
  add({ event, time }: CheckedEvent): Rejection | undefined {
    for (const plan of this.#plans) {
      const rejection = plan.prepare(event);
      if (rejection !== undefined) return rejection;
    }
    for (const plan of this.#plans) this.#cells += plan.apply(time);
    return undefined;
  }

  /** The deltas, one a window of an aggregate. */
  *deltas(): Generator<Delta> {
    for (const { aggregate, windows } of this.#plans) {
      const { name, generation, groupsMax, window } = aggregate;
      for (const [windowStart, table] of windows) {
        const windowEnd = (windowStart + window.sizeMs) as EpochMs;
        yield { key: { aggregate: name, generation, windowStart }, windowEnd, groupsMax, table };
      }
    }
  }
}
