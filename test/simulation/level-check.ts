import { isDeepStrictEqual } from 'node:util';
import type { Load } from '#core/degradation/ladder.ts';
import type { Capacity } from '#core/pipeline/pipeline.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import type { LevelsPlan } from './levels-plan.ts';
import type { ArrivedEvent } from './timeliness-truth.ts';
import type { World } from './world.ts';

/** A write comes so long after it was decided at the latest. */
const DECIDED_MS_MAX = 12 * 60_000;

/** Checks what a commit says of the level of the next one, by the rule of the ladder, written down a second time. */
export class LevelCheck {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A head, called `name`, counts these events. */
  check(name: string, before: Head | undefined, after: Head, events: readonly ArrivedEvent[]): void {
    const { levels, rates, skewMs, without } = this.#world.plan;
    const { load } = before ?? EMPTY_HEAD;
    // What is rejected as a crash, or counts nothing, says nothing of the load; also what would have been invalid anyway.
    const isSame = isDeepStrictEqual(load, after.load);
    const isBad = events.every(({ event: { verdict } }) => verdict !== 'good' && verdict !== 'canary');
    if (isSame && isBad) return;
    if (levels === undefined || after.load.seen === null) {
      if (!isSame) this.#world.fail(`${name} has ${show(after.load)}, though nothing may be left out`);
      return;
    }
    const { at } = after.load.seen;
    const { nowMs } = this.#world.clock;
    const isTimed = rates.clock_jump === 0 || without.has('clock_jump');
    if (isTimed && (at > nowMs + skewMs || at < nowMs - skewMs - DECIDED_MS_MAX))
      this.#world.fail(`${name} is of ${at}, which no clock shows at ${nowMs}`);
    const expected = levels.capacities.map((capacity) => expectedLoad(levels, capacity, load, events, at));
    if (!expected.some((each) => isDeepStrictEqual(each, after.load)))
      this.#world.fail(`${name} has ${show(after.load)} after ${show(load)}, and not ${show(expected[0])}`);
    if (after.load.level > load.level) this.#world.strikes.add('level_raised');
    if (after.load.level < load.level) this.#world.strikes.add('level_lowered');
  }
}

/**
 * A level more, where the lag has been above 10 s for a minute, and never less than nine tenths of what it was at the
 * beginning of that; a level less, where for three minutes there was no such lag, and no more came than four fifths of
 * the capacity, by the last minute or more that was measured. Five minutes without a commit, or a clock that goes back,
 * begin a new minute.
 */
function expectedLoad(
  { hasEssential, hasPriority }: LevelsPlan,
  capacity: Capacity,
  load: Load,
  events: readonly ArrivedEvent[],
  at: number,
): Load {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return load;
  const isEvents = 'eventsPerSecond' in capacity;
  const capacityPerSecond = isEvents ? capacity.eventsPerSecond : capacity.bytesPerSecond;
  const mine = isEvents
    ? events.filter(({ event }) => event.verdict !== 'canary').length
    : events.reduce((sum, { bytesEnded }) => sum + bytesEnded, 0);
  const from = load.measuring === null ? first.arrivalMs : load.measuring.from;
  const units = mine + (load.measuring === null ? 0 : load.measuring.units);
  const spanMs = last.arrivalMs - from;
  const isMeasured = spanMs >= 60_000;
  const rate = isMeasured ? (units * 1000) / spanMs : load.unitsPerSecond;

  const lagMs = Math.max(at - last.arrivalMs, 0);
  const known = [0, ...(hasEssential ? [1] : []), ...(hasPriority ? [2] : [])];
  const more = known.find((level) => level > load.level) ?? load.level;
  const less = [...known].reverse().find((level) => level < load.level) ?? load.level;
  let { level } = load as { level: number };
  let high: { since: number; lagMs: number } | null = null;
  let calmSince: number | null = null;
  if (lagMs > 10_000) {
    const goesOn =
      load.high !== null &&
      load.seen !== null &&
      at - load.seen.at <= 300_000 &&
      at >= load.high.since &&
      lagMs >= load.high.lagMs * 0.9;
    high = goesOn ? load.high : { since: at, lagMs };
    if (goesOn && load.high !== null && at - load.high.since >= 60_000 && more !== level) {
      level = more;
      high = { since: at, lagMs };
    }
  } else if (level > 0 && rate !== null && rate <= 0.8 * capacityPerSecond) {
    calmSince = load.calmSince !== null && load.calmSince <= at ? load.calmSince : at;
    if (at - calmSince >= 180_000) {
      level = less;
      calmSince = at;
    }
  }
  return {
    level,
    seen: { at, lagMs },
    high,
    calmSince,
    measuring: isMeasured ? { from: last.arrivalMs, units: 0 } : { from, units },
    unitsPerSecond: rate,
  } as Load;
}

function show(load: Load | undefined): string {
  return JSON.stringify(load);
}
