import type { CountedEvent } from './counted-event.ts';
import type { ExpectedEvent } from './expected-event.ts';
import type { SimulatedEvent } from './simulated-pipeline.ts';

/** What became of an event under load: all metrics have it; only the essential ones do; none does. */
export type Mark = 'kept' | 'reduced' | 'held';

/**
 * What of an event is in some part of what is stored: where nothing is said, all of it. `reduced` and `held`: what a
 * commit has of it. The others are what a repair adds: what the essential metrics have not; all of it; or nothing,
 * since it was held and turned out to be invalid.
 */
export type EventPart = 'reduced' | 'held' | 'rest' | 'restored' | 'released';

export interface TakenEvent extends CountedEvent {
  readonly part?: EventPart;
}

/** Places `[from, to)` of the events of a commit that left something out. */
export interface HoleTruth {
  readonly from: number;
  readonly to: number;
}

/** How the pipeline of the simulation tells what is of low priority, written down a second time. */
const LOW = 'x';

/**
 * Whether the highest level leaves out an event: it is of low priority, and all that is asked before that lets it
 * through. What is asked later is asked when it is repaired, and may find that it is invalid.
 */
export function isHoldable({ payload, verdict }: ExpectedEvent): boolean {
  if (!('value' in payload) || typeof payload.value !== 'object' || payload.value === null) return false;
  const { h, kills, throws } = payload.value as Partial<SimulatedEvent>;
  if (h !== LOW) return false;
  if (kills !== undefined) return kills === 'where';
  return (
    verdict === 'good' ||
    verdict === 'group' ||
    verdict === 'number' ||
    (verdict === 'user_code' && throws === 'where')
  );
}

/** What a shard's commits left out, and how far that is repaired: by what was put, and by positions of heads. */
export class LeftOut {
  /** What became of each event that is counted. */
  readonly marks: Mark[] = [];
  readonly holes: HoleTruth[] = [];
  /** Up to which place what was left out is repaired, or lost; and after each commit that moved it, from 0 on. */
  repairedTo = 0;
  readonly steps: number[] = [0];
  /** Places of events that could not be repaired, and never will be. */
  readonly lost = new Set<number>();
  /** Those of them that were held, and rejected since repairs died of them, or seemed to. */
  readonly crashed = new Set<number>();

  get isRepaired(): boolean {
    const last = this.holes.at(-1);
    return last === undefined || this.repairedTo >= last.to;
  }

  count(marks: readonly Mark[]): void {
    const from = this.marks.length;
    this.marks.push(...marks);
    if (marks.some((mark) => mark !== 'kept')) this.holes.push({ from, to: this.marks.length });
  }

  repair(to: number, lost: readonly number[]): void {
    for (const place of lost) this.lost.add(place);
    this.repairedTo = to;
    this.steps.push(to);
  }

  /** What the commit that counted an event has of it. */
  taken(event: CountedEvent, place: number): TakenEvent {
    const mark = this.marks[place] ?? 'kept';
    return mark === 'kept' ? event : { ...event, part: mark };
  }

  /** What repairs have added when they had come to `repairedTo`. */
  added(events: readonly CountedEvent[], repairedTo: number): TakenEvent[] {
    const added: TakenEvent[] = [];
    for (let place = 0; place < repairedTo; place++) {
      const event = events[place];
      const mark = this.marks[place] ?? 'kept';
      if (event === undefined || mark === 'kept' || this.lost.has(place)) continue;
      const part = mark === 'reduced' ? 'rest' : event.verdict === 'good' ? 'restored' : 'released';
      added.push({ ...event, part });
    }
    return added;
  }

  /**
   * An event as sessions have it: as a whole, without the value that is not essential (0 stands for it), or not at all.
   */
  visit(event: CountedEvent, place: number, repairedTo: number): CountedEvent | undefined {
    const mark = this.marks[place] ?? 'kept';
    if (mark === 'kept' || (place < repairedTo && !this.lost.has(place)))
      return event.verdict === 'good' ? event : undefined;
    return mark === 'reduced' ? { ...event, v: 0 } : undefined;
  }
}
