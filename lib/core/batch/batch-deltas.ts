import type { EpochMs, WindowStart } from '#core/brand.ts';
import type { GroupTable } from '#core/group-table.ts';
import { type EventOrder, type EventPlace, NO_PLACE } from '#core/metrics/event-order.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import type { BlockKey } from '#core/protocol/block.ts';
import type { Rejection } from '#core/rejection.ts';
import { GroupSamples } from '#core/skew/group-samples.ts';
import { AggregatePlan } from './aggregate-plan.ts';
import type { CheckedEvent } from './check-event.ts';
import { KEPT_BEYOND_MS, longestRetention, type Timeliness } from './timeliness.ts';

/** What a batch adds to one window of one aggregate. */
export interface Delta {
  readonly key: BlockKey;
  readonly windowEnd: EpochMs;
  readonly groupsMax: number;
  /** How long a block that it is folded into is kept after that; `null`: for good. */
  readonly keepMs: number | null;
  readonly table: GroupTable;
}

/** Aggregates the events of a batch by aggregate, window and group. Nothing but memory is touched. */
export class BatchDeltas {
  readonly #plans: readonly AggregatePlan[];
  readonly #samples: GroupSamples;
  /** One object for all events: there are millions of them, and few metrics look at it. */
  readonly #order: { -readonly [Part in keyof EventOrder]: EventOrder[Part] } = {
    // A double from the beginning: were it a small integer, the first event's time would change the object's shape.
    time: Number.NaN as EpochMs,
    ...NO_PLACE,
  };

  /** Plans of those aggregates that take part: all, as their definition says. */
  constructor(pipeline: Pipeline, plans = pipeline.aggregates.map((each) => new AggregatePlan(each))) {
    this.#plans = plans;
    this.#samples = new GroupSamples(plans.length);
  }

  /** How many groups, over all windows and aggregates: what the deltas' size grows with. */
  get cells(): number {
    let cells = 0;
    for (let i = 0; i < this.#plans.length; i++) cells += this.#plans[i]?.cells ?? 0;
    return cells;
  }

  /**
   * Adds one event to all aggregates, or says why it can't be added to one of them and adds it to none. `watermark`
   * is the shard's before this event. An event is late if it is so for one of the aggregates that it belongs to, and
   * expired if none of those takes it any more. One that belongs to none is on time: nothing of it is missing.
   *
   * `place` is where the event stands in the stream, by which `first` and `last` tell events of one time apart: that
   * of the event itself, also when it is redriven. It is read during the call only, so it may be one object for all.
   *
   * `isReduced`: only the essential metrics get it. Not for an event that `canLeaveOut` refuses.
   */
  add(
    { event, time }: CheckedEvent,
    watermark: EpochMs | null,
    place: EventPlace = NO_PLACE,
    isReduced = false,
  ): Rejection | Timeliness {
    const rejection = this.#prepare(event);
    if (rejection !== undefined) return rejection;
    if (this.#samples.isDue()) this.#sampleGroups();
    const order = this.#orderOf(time, place);
    let belongs = 0;
    let onTime = 0;
    let expired = 0;
    for (const plan of this.#plans) {
      const timeliness = isReduced ? plan.reduce(order, watermark) : plan.apply(order, watermark);
      if (timeliness === undefined) continue;
      belongs += 1;
      if (timeliness === 'on_time') onTime += 1;
      else if (timeliness === 'expired') expired += 1;
    }
    if (onTime === belongs) return 'on_time';
    return expired === belongs ? 'expired' : 'late';
  }

  /**
   * The greatest share that any group has of its aggregate's events, by a sample, from 0 to 1; `undefined` where there
   * are too few. An aggregate without groups has none.
   */
  get hotGroupShare(): number | undefined {
    const shares = this.#plans.flatMap(({ aggregate }, i) =>
      aggregate.groupBy.length === 0 ? [] : (this.#samples.hotShare(i) ?? []),
    );
    return shares.length === 0 ? undefined : Math.max(...shares);
  }

  /**
   * Whether something of an event may be left out, to be added later: not where an aggregate takes it no more, so that
   * who adds it need not know when its turn was.
   */
  canLeaveOut(time: EpochMs, watermark: EpochMs | null): boolean {
    for (const plan of this.#plans) if (plan.expires(time, watermark)) return false;
    return true;
  }

  /** Leaves an event out of all aggregates, and notes that they lack it. Nothing but its time is looked at. */
  hold(time: EpochMs, watermark: EpochMs | null): void {
    for (const plan of this.#plans) plan.hold(time, watermark);
  }

  /** Adds what was left out of an event, beside what is stored; or says why the event can't be taken any more. */
  repair({ event, time }: CheckedEvent, place: EventPlace, isReduced: boolean): Rejection | undefined {
    const rejection = this.#prepare(event);
    if (rejection !== undefined) return rejection;
    const order = this.#orderOf(time, place);
    for (const plan of this.#plans) plan.repair(order, isReduced);
    return undefined;
  }

  /** Takes back that windows lack a held event of this time: it turned out to be invalid, so that nobody has it. */
  release(time: EpochMs): void {
    for (const plan of this.#plans) plan.release(time);
  }

  #prepare(event: CheckedEvent['event']): Rejection | undefined {
    for (const plan of this.#plans) {
      const rejection = plan.prepare(event);
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  }

  #sampleGroups(): void {
    for (const [i, { group }] of this.#plans.entries()) {
      if (group !== undefined) this.#samples.add(i, group);
    }
  }

  #orderOf(time: EpochMs, place: EventPlace): EventOrder {
    const order = this.#order;
    order.time = time;
    order.shard = place.shard;
    order.sequence = place.sequence;
    order.index = place.index;
    return order;
  }

  /** The deltas, one a window of an aggregate. */
  *deltas(): Generator<Delta> {
    for (const { aggregate, onTime, late } of this.#plans) {
      // Of no use once the window is final.
      const keepMs = KEPT_BEYOND_MS + aggregate.window.everyMs;
      for (const [windowStart, table] of onTime) yield deltaOf(aggregate, windowStart, table, keepMs, {});
      const longestMs = longestRetention(aggregate.levels);
      const lateKeepMs = longestMs === null ? null : longestMs + KEPT_BEYOND_MS;
      for (const [windowStart, table] of late)
        yield deltaOf(aggregate, windowStart, table, lateKeepMs, { late: true });
    }
  }
}

function deltaOf(
  { name, generation, groupsMax, window }: Aggregate,
  windowStart: WindowStart,
  table: GroupTable,
  keepMs: number | null,
  part: Pick<BlockKey, 'late'>,
): Delta {
  const windowEnd = (windowStart + window.everyMs) as EpochMs;
  return { key: { aggregate: name, generation, windowStart, ...part }, windowEnd, groupsMax, keepMs, table };
}
