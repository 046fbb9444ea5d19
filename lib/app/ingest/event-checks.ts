import { AggregatePlan } from '#core/batch/aggregate-plan.ts';
import { checkEvent, isRejection } from '#core/batch/check-event.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { DecodedEvent } from '#core/records/decoded-event.ts';
import type { Rejection } from '#core/rejection.ts';

/**
 * Judges events as the function `aggregate` will: what passes here is not rejected there. Only what reference data adds
 * is not looked up: where a pipeline has some, groups and metrics' inputs are judged when they are aggregated.
 */
export class EventChecks {
  readonly #pipeline: Pipeline;
  readonly #plans: readonly AggregatePlan[];

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    const aggregates = pipeline.lookups.length === 0 ? pipeline.aggregates : [];
    this.#plans = aggregates.map((aggregate) => new AggregatePlan(aggregate));
  }

  /** Why an event would be rejected if the stream took it in at `arrival`; `undefined` where it would count. */
  check(decoded: DecodedEvent, arrival: EpochMs): Rejection | undefined {
    if (!decoded.ok) return decoded.rejection;
    const checked = checkEvent(this.#pipeline, decoded.value, arrival);
    if (isRejection(checked)) return checked;
    for (const plan of this.#plans) {
      const rejection = plan.prepare(checked.event);
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  }
}
