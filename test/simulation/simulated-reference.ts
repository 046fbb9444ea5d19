import type { ReferenceData } from '#app/ports/reference-data.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import type { LookupsPlan } from './draw-lookups.ts';
import { Random } from './random.ts';
import type { MakeCall } from './service-calls.ts';
import { type Caller, START_MS, type World } from './world.ts';

/** Keys that are there from the beginning, and those that are not. */
const KEYS = ['k1', 'k2', 'k3', '7', 'k5'];
const ABSENT_KEYS = ['k8', 'k9'];
/** Values that are no key of any table. */
const NO_KEYS: readonly unknown[] = [null, true, '', undefined];
/** There in every table, always. */
export const SAFE_KEY = 'k1';

/** Of an event's keys: which of them the table may have an entry under. */
export interface DrawnKey {
  readonly key: unknown;
  /** There never is one. */
  readonly isAbsent: boolean;
}

export function drawKey({ whenDown, whenMissing }: LookupsPlan, random: Random): DrawnKey {
  if (random.chance(0.8)) {
    const key = random.pick(KEYS);
    return { key: key === '7' && random.chance(0.5) ? 7 : key, isAbsent: false };
  }
  const noKey = NO_KEYS[random.int(0, NO_KEYS.length - 1)];
  const absent = random.pick(ABSENT_KEYS);
  // Whether such an event is invalid would depend on whether the table is down.
  const isDetermined = whenMissing !== 'reject' || whenDown === 'wait';
  return { key: random.chance(0.5) && isDetermined ? absent : noKey, isAbsent: true };
}

/** A reference table in memory. Its entries change while events are put; none begins or ends where that rejects events. */
export class SimulatedReference {
  readonly #world: World;
  readonly #plan: LookupsPlan;
  readonly #entries = new Map<string, ReferenceEntry>();
  readonly #ever = new Map<string, (ReferenceEntry | undefined)[]>();

  constructor(world: World, plan: LookupsPlan) {
    this.#world = world;
    this.#plan = plan;
    const random = new Random(world.plan.seed, 'reference');
    for (const key of KEYS) this.#set(key, this.#entry(random));
    for (let i = 0; i < plan.changes; i++)
      world.clock.at(START_MS + random.int(0, world.plan.putForMs), () => this.#change(random));
  }

  /** What the table has now. */
  entry(key: string): ReferenceEntry | undefined {
    return this.#entries.get(key);
  }

  /** All that it ever had under a key. */
  ever(key: string): readonly (ReferenceEntry | undefined)[] {
    return this.#ever.get(key) ?? [undefined];
  }

  /** The table as a caller has it. */
  port(calls: MakeCall, caller: Caller): ReferenceData {
    return {
      get: (_, keys) =>
        calls.make(caller, {
          service: 'reference_data',
          what: `looks up ${keys.join()}`,
          isWrite: false,
          effect: () => new Map(keys.flatMap((key) => this.#found(key))),
        }),
    };
  }

  #found(key: string): (readonly [string, ReferenceEntry])[] {
    const entry = this.#entries.get(key);
    return entry === undefined ? [] : [[key, entry]];
  }

  #change(random: Random): void {
    const key = random.pick(KEYS);
    const isGone = random.chance(0.25) && this.#plan.whenMissing !== 'reject' && key !== SAFE_KEY;
    const entry = this.#entry(random);
    this.#world.strikes.add('reference_changed');
    this.#world.trace(`reference ${key} is changed to ${isGone ? 'nothing' : JSON.stringify(entry)}`);
    this.#set(key, isGone ? undefined : entry);
  }

  #set(key: string, entry: ReferenceEntry | undefined): void {
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    this.#ever.set(key, [...(this.#ever.get(key) ?? []), entry]);
  }

  /** Also one that lacks a field, or has something else in it. */
  #entry(random: Random): ReferenceEntry {
    const kind = random.pick<unknown>(['a', 'b', 'c', 'd', null]);
    const weight = random.pick<unknown>([1, 2, 3, null]);
    switch (random.int(0, 9)) {
      case 0:
        return { kind };
      case 1:
        return { weight };
      case 2:
        return { kind: random.pick<unknown>([5, true, {}]), weight: 'heavy' };
      default:
        return { kind, weight };
    }
  }
}
