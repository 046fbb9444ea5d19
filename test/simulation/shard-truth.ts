import type { Position } from '#core/protocol/position.ts';
import type { CountedEvent } from './counted-event.ts';
import { VERSIONS, type Version } from './draw-change.ts';
import { DuplicatesTruth } from './duplicates-truth.ts';
import { LeftOut, type TakenEvent } from './left-out.ts';
import type { Reference } from './naive-lookup.ts';
import { type NaiveWindow, naiveWindows } from './naive-windows.ts';
import type { Plan } from './plan.ts';
import type { AggregateName } from './simulated-pipeline.ts';
import type { SimulatedRecord, SimulatedShard } from './simulated-stream.ts';
import { SuspectWatch } from './suspect-watch.ts';
import type { ArrivedEvent, Taken, TakenBy } from './timeliness-truth.ts';

/** What is known of one shard, from what was put into it and from the positions that its heads have had. */
export class ShardTruth {
  readonly shard: SimulatedShard;
  /** Events that are counted: the shard's first `counted` ones. */
  counted = 0;
  /** `counted` after each commit that moved it, from 0 on. */
  readonly steps: number[] = [0];
  readonly suspects: SuspectWatch;
  readonly duplicates: DuplicatesTruth;
  readonly left = new LeftOut();
  /** Places of events that were rejected as `crashed`, with reason, though they are not poison: it was bad luck. */
  readonly unlucky = new Set<number>();
  /** What became of each event that is counted. */
  readonly taken: TakenBy[] = [];
  readonly #events: CountedEvent[] = [];
  readonly #windows = new Map<string, Map<number, NaiveWindow>>();

  /** `parents`: what is known of the shards that it was made of. */
  constructor(shard: SimulatedShard, plan: Plan, parents: readonly ShardTruth[]) {
    this.shard = shard;
    this.duplicates = new DuplicatesTruth(
      plan,
      parents.map((parent) => parent.duplicates),
    );
    this.suspects = new SuspectWatch(plan);
  }

  get isDone(): boolean {
    return this.counted === this.shard.events.length;
  }

  /** How many events a position counts; `undefined` for one that is in no record of the shard. */
  countedAt({ sequence, events }: Position): number | undefined {
    if (sequence === '') return 0;
    const record = this.#recordOf(sequence);
    if (record === undefined || (events !== null && events > record.events.length)) return undefined;
    return record.eventsBefore + (events ?? record.events.length);
  }

  /** The record that event `index` of the shard is in, and its place there. */
  placeOfEvent(index: number): { record: SimulatedRecord; place: number } | undefined {
    const { records } = this.shard;
    let low = 0;
    let high = records.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((records[middle]?.eventsBefore ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const record = records[low];
    return record === undefined ? undefined : { record, place: index - record.eventsBefore };
  }

  /** The events from the first that is not counted up to the first `counted`, as they arrived. */
  arrived(counted: number): ArrivedEvent[] {
    return this.shard.events.slice(this.counted, counted).map((event, i) => {
      const { record, place = 0 } = this.placeOfEvent(this.counted + i) ?? {};
      const isLast = place + 1 === record?.events.length;
      return {
        event,
        arrivalMs: record?.arrival ?? Number.NaN,
        bytesEnded: isLast ? (record?.data.length ?? 0) : 0,
      };
    });
  }

  advance(
    counted: number,
    taken: readonly TakenBy[],
    references: readonly (Reference | undefined)[],
    version: Version,
  ): void {
    for (const [i, event] of this.shard.events.slice(this.counted, counted).entries()) {
      const place = this.#events.length;
      this.#events.push({ ...event, shard: this.shard.id, place, reference: references[i], version });
    }
    this.counted = counted;
    this.steps.push(counted);
    this.taken.push(...taken);
  }

  /**
   * What came `part` of an aggregate's windows of some size when the first `counted` events were in them, of what these
   * versions have counted. `repaired`: what repairs have added when they had come so far.
   */
  windows(
    aggregate: AggregateName,
    sizeMs: number,
    counted: number,
    part: Exclude<Taken, 'expired'> | 'repaired',
    by: readonly Version[] = VERSIONS,
  ): Map<number, NaiveWindow> {
    const key = `${aggregate}|${sizeMs}|${counted}|${part}|${by.join()}`;
    let windows = this.#windows.get(key);
    if (windows === undefined) {
      const events =
        part === 'repaired' ? this.repairedEvents(counted) : this.takenEvents(aggregate, counted, [part], by);
      windows = naiveWindows(aggregate, sizeMs, events);
      this.#windows.set(key, windows);
    }
    return windows;
  }

  /** Of the first `counted` events, those that came `part` of an aggregate's windows. */
  takenEvents(
    aggregate: AggregateName,
    counted: number,
    parts: readonly Taken[],
    by: readonly Version[] = VERSIONS,
  ): TakenEvent[] {
    return this.#events.slice(0, counted).flatMap((event, place) => {
      if (!by.includes(event.version)) return [];
      const taken = this.taken[place]?.[aggregate];
      return taken !== undefined && parts.includes(taken) ? [this.left.taken(event, place)] : [];
    });
  }

  /** What repairs have added when they had come to `repairedTo`. */
  repairedEvents(repairedTo: number): TakenEvent[] {
    return this.left.added(this.#events, repairedTo);
  }

  /** The same, as sessions have them once repairs have come to `repairedTo`. */
  visits(counted: number, repairedTo: number, parts: readonly Taken[]): CountedEvent[] {
    return this.#events.slice(0, counted).flatMap((event, place) => {
      const taken = this.taken[place]?.visits;
      const visit = this.left.visit(event, place, repairedTo);
      return taken !== undefined && parts.includes(taken) && visit !== undefined ? [visit] : [];
    });
  }

  #recordOf(sequence: Position['sequence']): SimulatedRecord | undefined {
    const place = this.shard.placeOf.get(sequence);
    return place === undefined ? undefined : this.shard.records[place];
  }
}
