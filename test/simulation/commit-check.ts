import { isDeepStrictEqual } from 'node:util';
import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { Head } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import type { Version } from './draw-change.ts';
import type { Told } from './duplicates-truth.ts';
import { isLetterFor } from './letter-check.ts';
import { LevelCheck } from './level-check.ts';
import type { ShardTruth } from './shard-truth.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { type ArrivedEvent, type TakenBy, type Timed, timeEvents } from './timeliness-truth.ts';
import type { World } from './world.ts';

/** Checks what a commit counts: each event once, as what it is, and bad ones after their letter is kept. */
export class CommitCheck {
  readonly #world: World;
  readonly #queue: SimulatedQueue;
  readonly #levels: LevelCheck;

  constructor(world: World, queue: SimulatedQueue) {
    this.#levels = new LevelCheck(world);
    this.#world = world;
    this.#queue = queue;
  }

  /**
   * A head, called `name`, counts the shard's events up to the first `counted`. Gives what became of each of them;
   * nothing where the head is wrong. `watermark` is the shard's before.
   */
  check(
    truth: ShardTruth,
    name: string,
    watermark: number | null,
    before: Head | undefined,
    after: Head,
    counted: number,
    version: Version,
  ): readonly TakenBy[] | undefined {
    const { clock } = this.#world;
    const found = this.#checkLedger(truth, name, watermark, before, after, counted, version);
    if (found === undefined || counted === truth.counted) return found?.taken;
    const { marks, taken, told } = found;
    truth.duplicates.advance(told);
    for (let i = truth.counted; i < counted; i++) {
      const isHeld = marks[i - truth.counted] === 'held';
      if (!told.isDuplicate[i - truth.counted] && !isHeld) this.#checkLetter(truth, name, i);
    }
    truth.left.count(marks);
    const isRejection =
      after.ledger.received - (before?.ledger.received ?? 0) === 1 &&
      after.ledger.invalid > (before?.ledger.invalid ?? 0);
    if (isRejection && this.#isCrash(truth, counted) && !truth.suspects.reject(clock.nowMs)) {
      this.#world.fail(`${name} rejects more events as crashed than one hour may have`);
    }
    return taken;
  }

  #checkLedger(
    truth: ShardTruth,
    name: string,
    watermark: number | null,
    before: Head | undefined,
    after: Head,
    counted: number,
    version: Version,
  ): (Pick<Timed, 'taken' | 'marks'> & { readonly told: Told }) | undefined {
    const world = this.#world;
    const events = truth.arrived(counted);
    const level = before?.load.level ?? 0;
    const { expected, told } = this.#expect(truth, watermark, { level, version }, events);
    const ledger = before?.ledger ?? EMPTY_LEDGER;
    const received = after.ledger.received - ledger.received;
    const aggregated = after.ledger.aggregated - ledger.aggregated;
    const late = after.ledger.late - ledger.late;
    const expired = after.ledger.expired - ledger.expired;
    const invalid = after.ledger.invalid - ledger.invalid;
    const duplicate = after.ledger.duplicate - ledger.duplicate;
    const held = after.ledger.held - ledger.held;
    const real = events.filter(({ event }) => event.verdict !== 'canary').length;
    const isAsExpected =
      received === real &&
      aggregated === expected.aggregated &&
      late === expected.late &&
      expired === expected.expired &&
      invalid === expected.invalid &&
      duplicate === expected.duplicate &&
      held === expected.held;
    const isGivenUp = !isDeepStrictEqual(before?.crashes ?? null, after.crashes);
    const isPoison = events.some(({ event }) => event.verdict === 'crashed');
    // A bad event too may be given up for bad luck: that is not what it is rejected for else, and its id is not seen.
    if (isAsExpected && (isPoison || !isGivenUp)) {
      if (events.length > 0) this.#checkTimes(name, before, after, expected);
      this.#mark(expected);
      this.#checkCanary(name, before, after, events);
      this.#levels.check(name, before, after, events);
      for (const sign of told.signs) world.strikes.add(sign);
      return { taken: expected.taken, marks: expected.marks, told };
    }
    const isCrash = received === 1 && invalid === 1 && this.#isCrash(truth, counted);
    if (isCrash && this.#isBadLuck(truth)) {
      for (let place = truth.counted; place < counted; place++) truth.unlucky.add(place);
      world.strikes.add('crashed_by_bad_luck');
      this.#checkTimes(name, before, after, { watermark, lastEnd: null, newest: null });
      const isWhole = events.length > 1;
      const marks = events.map(() => 'kept' as const);
      return { taken: events.map(() => ({})), marks, told: truth.duplicates.tell(events, { isWhole }) };
    }
    world.fail(
      `${name} counts events ${truth.counted} to ${counted} as ${received} received, ${aggregated} aggregated, ${late} late, ` +
        `${expired} expired, ${invalid} invalid, ${duplicate} duplicate, ${held} held at level ${level}; of ${real}, ${expected.aggregated} are on time, ` +
        `${expected.late} late, ${expected.expired} expired, ${expected.duplicate} duplicate, ${expected.held} held`,
    );
    return undefined;
  }

  /** What must become of events: one that is left out whole is seen, and its copies after it are duplicates. */
  #expect(
    truth: ShardTruth,
    watermark: number | null,
    by: { readonly level: number; readonly version: Version },
    events: readonly ArrivedEvent[],
  ): { readonly expected: Timed; readonly told: Told } {
    for (let held = new Set<number>(); ; ) {
      const told = truth.duplicates.tell(events, undefined, held);
      const expected = timeEvents(this.#world.plan, watermark, events, told.isDuplicate, by);
      const places = expected.marks.flatMap((mark, place) => (mark === 'held' ? [place] : []));
      if (places.every((place) => held.has(place))) return { expected, told };
      held = new Set([...held, ...places]);
    }
  }

  /** Whether a head says how far its events have come. */
  #checkTimes(
    name: string,
    before: Head | undefined,
    after: Head,
    { watermark, lastEnd, newest }: Pick<Timed, 'watermark' | 'lastEnd' | 'newest'>,
  ): void {
    if (after.watermark !== watermark)
      this.#world.fail(`${name} has the watermark ${after.watermark}, and not ${watermark}`);
    const ends = [before?.lastEnd, lastEnd].filter((end) => end !== null && end !== undefined);
    const last = ends.length === 0 ? null : Math.max(...ends);
    if (after.lastEnd !== last)
      this.#world.fail(`${name} has the last end ${after.lastEnd}, and not ${last}`);
    const known = before?.newest ?? null;
    const newer = known === null || (newest !== null && newest.time > known.time) ? newest : known;
    if (after.newest?.time !== newer?.time || after.newest?.arrival !== newer?.arrival)
      this.#world.fail(
        `${name} has the newest event ${JSON.stringify(after.newest)}, and not ${JSON.stringify(newer)}`,
      );
  }

  /** A canary tells when it arrived, and when it was counted; it is none of the events. */
  #checkCanary(name: string, before: Head | undefined, after: Head, events: readonly ArrivedEvent[]): void {
    const last = events.findLast(({ event }) => event.verdict === 'canary');
    if (last !== undefined) this.#world.strikes.add('canary_counted');
    const arrival = last?.arrivalMs ?? before?.canary?.arrival;
    if (after.canary?.arrival !== arrival)
      this.#world.fail(`${name} has the canary ${JSON.stringify(after.canary)}, and not that of ${arrival}`);
  }

  #mark({ held, reduced, taken }: Timed): void {
    const { strikes } = this.#world;
    if (held > 0) strikes.add('held', held);
    if (reduced > 0) strikes.add('reduced', reduced);
    if (held + reduced > 0) strikes.add('hole');
    for (const by of taken) {
      const all = Object.values(by);
      if (all.every((each) => each === 'on_time')) continue;
      if (all.includes('late')) strikes.add('late');
      if (all.some((each) => each !== all[0])) strikes.add('late_in_some');
      if (all.includes('expired')) strikes.add('expired');
    }
  }

  /** Whether what is counted now is one event, or one record, that was rejected as `crashed`. */
  #isCrash(truth: ShardTruth, counted: number): boolean {
    const first = truth.placeOfEvent(truth.counted);
    if (first === undefined) return false;
    const { record, place } = first;
    const isWhole = place === 0 && counted === record.eventsBefore + record.events.length;
    const isOne = counted === truth.counted + 1;
    const shard = truth.shard.id;
    return (
      (isWhole && hasCrash(this.#queue.lettersFor(shard, record.sequence, null))) ||
      (isOne && hasCrash(this.#queue.lettersFor(shard, record.sequence, place)))
    );
  }

  /** Whether so many environments did not come back from what is counted now that it may be taken for poison. */
  #isBadLuck(truth: ShardTruth): boolean {
    const first = truth.placeOfEvent(truth.counted);
    return first !== undefined && truth.suspects.wasOftenBegun(first.record.sequence);
  }

  #checkLetter(truth: ShardTruth, name: string, index: number): void {
    const event = truth.shard.events[index];
    const found = truth.placeOfEvent(index);
    if (event === undefined || found === undefined || event.verdict === 'good' || event.verdict === 'canary')
      return;
    const { record, place } = found;
    const shard = truth.shard.id;
    const letters = [
      ...this.#queue.lettersFor(shard, record.sequence, place),
      ...this.#queue.lettersFor(shard, record.sequence, null),
    ];
    if (letters.some((letter) => isLetterFor(letter, record, event))) return;
    if (hasCrash(letters) && truth.suspects.wasOftenBegun(record.sequence)) return;
    const reasons = letters.map(({ rejection }) => rejection.reason).join() || 'none';
    this.#world.fail(
      `${name} counts event ${place} of record ${record.sequence} as invalid (${event.verdict}); its letters: ${reasons}`,
    );
  }
}

function hasCrash(letters: readonly DeadLetter[]): boolean {
  return letters.some(({ rejection }) => rejection.reason === 'crashed');
}
