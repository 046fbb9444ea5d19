import { decodeGroups } from '#core/block-codec.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { Head } from '#core/protocol/head.ts';
import type { ExpectedEvent } from './expected-event.ts';
import type { LookupTruth } from './lookup-truth.ts';
import { type Reference, referenceText } from './naive-lookup.ts';
import { naiveStart } from './naive-windows.ts';
import { storedCompression } from './stored-compression.ts';
import type { TakenBy } from './timeliness-truth.ts';
import type { World } from './world.ts';

/** How often an event is in each group, by part, window and the event's number. */
type Places = Map<string, Map<string, number>>;

/**
 * Finds out as what a commit counts each event that is looked up: the deltas of `kinds` name their events. Each must be
 * in exactly one group, that of an answer which somebody was given for it.
 */
export class KindsCheck {
  readonly #world: World;
  readonly #truth: LookupTruth;

  constructor(world: World, truth: LookupTruth) {
    this.#world = world;
    this.#truth = truth;
  }

  /** What the events got that a head counts, as far as they are in a window. */
  attribute(
    name: string,
    before: Head | undefined,
    after: Head,
    events: readonly ExpectedEvent[],
    taken: readonly TakenBy[],
  ): (Reference | undefined)[] {
    const gained = placesIn(after.pending);
    for (const [place, groups] of placesIn(before?.pending.filter(({ fold }) => !fold) ?? []))
      for (const [group, times] of groups) {
        const left = (gained.get(place)?.get(group) ?? 0) - times;
        if (left < 0) this.#world.fail(`${name} counts what it carries in another group than ${group}`);
        gained.get(place)?.set(group, left);
      }
    const got = events.map((event, i) => this.#attributeOne(name, event, taken[i]?.kinds, gained));
    const extra = [...gained.values()].some((groups) => [...groups.values()].some((times) => times > 0));
    if (extra) this.#world.fail(`${name} counts more in kinds than its events`);
    return got;
  }

  #attributeOne(
    name: string,
    event: ExpectedEvent,
    taken: TakenBy['kinds'],
    gained: Places,
  ): Reference | undefined {
    if (taken !== 'on_time' && taken !== 'late') return undefined;
    const windowMs = this.#world.plan.lookups?.windowMs ?? 1;
    const groups = gained.get(placeText(taken === 'late', naiveStart(event.time, windowMs), event.u));
    const [group] = [...(groups ?? [])].find(([, times]) => times > 0) ?? [];
    if (groups === undefined || group === undefined) {
      this.#world.fail(`${name} counts event ${event.u} in no group of kinds`);
      return undefined;
    }
    groups.set(group, (groups.get(group) ?? 0) - 1);
    const [kind, weight, odd] = JSON.parse(group) as CountedGroup;
    const reference = { kind, weight };
    const isRight =
      odd === (event.v % 2 !== 0) &&
      this.#truth.given(event.u, referenceText(reference)) !== undefined &&
      this.#truth.mayBe(event.k, reference);
    if (!isRight) this.#world.fail(`${name} counts event ${event.u} in ${group}, which it was never given`);
    return reference;
  }
}

type CountedGroup = [Reference['kind'], Reference['weight'], boolean];

function placesIn(pending: Head['pending']): Places {
  const places: Places = new Map();
  for (const { key, bytes } of pending) {
    if (key.aggregate !== 'kinds') continue;
    const table = decodeGroups(bytes, storedCompression);
    const at = table.layout.findIndex(({ name }) => name === 'who');
    for (const group of table.keys()) {
      const text = JSON.stringify(groupValuesOf(group, 3));
      const who = table.column(at).value(table.row(group)) as unknown as { value: number; count: number }[];
      for (const { value, count } of who) {
        const place = placeText(key.late === true, key.windowStart, value);
        places.set(place, (places.get(place) ?? new Map<string, number>()).set(text, count));
      }
    }
  }
  return places;
}

function placeText(isLate: boolean, windowStart: number, u: number): string {
  return `${isLate}|${windowStart}|${u}`;
}
