import type { LookupsPlan } from './draw-lookups.ts';
import { type ExpectedEvent, rejected } from './expected-event.ts';
import type { FaultDice } from './fault-dice.ts';
import type { Plan } from './plan.ts';
import { Random } from './random.ts';
import type { SimulatedEvent } from './simulated-pipeline.ts';
import { drawKey, SAFE_KEY } from './simulated-reference.ts';

/** An event's JSON value, and what should become of it. */
export interface MadeEvent {
  readonly value: unknown;
  readonly expected: ExpectedEvent;
}

const HOUR_MS = 3_600_000;

/** Makes events: good ones, and bad ones of every kind that a pipeline's own checks must find. */
export class EventMaker {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #dice: FaultDice;
  readonly #ids: string[] = [];
  readonly #keys: Random;
  #made = 0;

  constructor(plan: Plan, random: Random, dice: FaultDice) {
    this.#plan = plan;
    this.#random = random;
    this.#dice = dice;
    this.#keys = new Random(plan.seed, 'keys');
  }

  make(nowMs: number): MadeEvent {
    const random = this.#random;
    const event = this.#good(nowMs);
    if (this.#dice.strikes('poison', random)) {
      if (random.chance(0.2)) {
        const value = { ...event, breaksSchema: true };
        return { value, expected: { ...rejected('crashed', value), throws: true } };
      }
      const kills = random.pick(['schema', 'time', 'where'] as const);
      const value = { ...event, kills };
      return { value, expected: rejected('crashed', value) };
    }
    if (this.#dice.strikes('bad_event', random)) return this.#bad(event, nowMs);
    return this.#plan.lookups === undefined ? asGood(event) : this.#lookedUp(event, this.#plan.lookups);
  }

  /** A good event, unless what is derived from it throws, or its key has no entry where that makes it invalid. */
  #lookedUp(event: SimulatedEvent, lookups: LookupsPlan): MadeEvent {
    const { key, isAbsent } = drawKey(lookups, this.#keys);
    const value = { ...event, ...(key !== undefined && { k: key }) };
    if (key === undefined) delete value.k;
    if (this.#dice.strikes('bad_derive', this.#keys)) {
      const thrown = { ...value, throws: 'derive' as const };
      return { value: thrown, expected: rejected('derive', thrown) };
    }
    if (isAbsent && lookups.whenMissing === 'reject') return { value, expected: rejected('lookup', value) };
    return asGood(value);
  }

  #good(nowMs: number): SimulatedEvent {
    const random = this.#random;
    const group = random.int(1, this.#plan.groups);
    const contributes = random.next();
    return {
      id: this.#id(),
      ...(this.#plan.lookups !== undefined && { k: SAFE_KEY, u: ++this.#made }),
      t: roundDown(nowMs - this.#ageMs(), this.#plan.details?.stepMs ?? 1),
      g: `g${group}`,
      h: random.chance(0.5) ? 'x' : `h${random.int(1, 3)}`,
      v: random.chance(0.05) ? random.int(-1e12, 1e12) : random.int(-1000, 1000),
      ...(contributes < 0.8 ? { w: random.int(-1000, 1000) } : contributes < 0.9 ? { w: null } : {}),
    };
  }

  #id(): string {
    const { length } = this.#ids;
    // Of the newest ones mostly: those are within the horizon.
    if (length > 0 && this.#dice.strikes('event_again', this.#random)) {
      return this.#ids[Math.max(0, length - this.#random.magnitude(1, 200))] ?? '';
    }
    this.#ids.push(`e${length}`);
    return `e${length}`;
  }

  #ageMs(): number {
    const random = this.#random;
    if (this.#dice.strikes('very_late', random)) return random.int(HOUR_MS, 72 * HOUR_MS);
    if (this.#dice.strikes('out_of_order', random)) return random.int(0, 10 * 60_000);
    // A producer's clock may be a little ahead of the stream's.
    return random.int(-2000, 3000);
  }

  #bad(event: SimulatedEvent, nowMs: number): MadeEvent {
    const random = this.#random;
    const as = (verdict: Parameters<typeof rejected>[0], value: unknown) => ({
      value,
      expected: rejected(verdict, value),
    });
    switch (random.int(0, 6)) {
      case 0:
        return as(
          'schema',
          random.pick<unknown>([{ ...event, v: 'many' }, { g: 'g1' }, 5, null, 'text', [1]]),
        );
      case 1:
        return as('event_time', { ...event, t: random.pick<unknown>(['yesterday', null, true, 1e18, {}]) });
      case 2:
        return as('event_time_ahead', { ...event, t: nowMs + 2 * HOUR_MS + random.int(0, 1e12) });
      case 3: {
        const { g: _, ...without } = event;
        const g = random.pick<unknown>([{}, [1], 'x'.repeat(1025)]);
        return as('group', random.pick<unknown>([without, { ...event, g }]));
      }
      case 4:
        return as('number', { ...event, w: random.pick<unknown>([1e200, '7', true, {}]) });
      case 5:
        return as('number', { ...event, v: -1e101 });
      default:
        return as('user_code', { ...event, throws: random.pick(['schema', 'time', 'where'] as const) });
    }
  }
}

function roundDown(time: number, stepMs: number): number {
  return time - (time % stepMs);
}

function asGood(event: SimulatedEvent): MadeEvent {
  const { g, h, k, u = 0, v, w = null } = event;
  const expected = {
    verdict: 'good',
    time: Number(event.t),
    ...{ g, h, v, w, u, k },
    payload: { value: event },
    killsDecoding: false,
    throws: false,
    id: event.id,
    killsLate: false,
  } as const;
  return { value: event, expected };
}
