import { isDeepStrictEqual } from 'node:util';
import type { RepairReport } from '#app/repair/repair-report.ts';
import { EMPTY_HEAD, type Head } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import type { HoleTruth, Mark } from './left-out.ts';
import { isLetterFor } from './letter-check.ts';
import type { ShardTruth } from './shard-truth.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { ReadLog } from './simulated-stored-records.ts';
import type { Caller, World } from './world.ts';

/** How the heads are called by which repairs go. */
const REPAIR_SUFFIX = '.repair';

/** Counters of what a run's commits have repaired. */
interface Sums {
  held: number;
  reduced: number;
  invalid: number;
  lost: number;
}

/** Checks what repairs add: all that was left out and can still be read, and each of it once. */
export class RepairCheck {
  readonly #world: World;
  readonly #queue: SimulatedQueue;
  readonly #truths: () => readonly ShardTruth[];
  /** Who writes at this moment. */
  #writer: { readonly name: string; readonly log: ReadLog } | undefined;
  readonly #sums = new Map<string, Sums>();
  /**
   * Events of holes that were repaired in part before their records left the stream: nobody can tell any more how far
   * that was among them, so a run that finds them gone says the most that can be lost.
   */
  readonly #repairedOfLost = new Map<string, number>();
  /** Runs that were told of a conflict: it may be with what they wrote themselves, of which no reply came. */
  readonly #inConflict = new Set<string>();
  /** By shard. */
  readonly #begun = new Map<string, Set<string>>();

  constructor(world: World, queue: SimulatedQueue, truths: () => readonly ShardTruth[]) {
    this.#world = world;
    this.#queue = queue;
    this.#truths = truths;
  }

  /** The shard of which a head is the repair's; nothing where it is a shard's own. */
  static shardOf(id: string): string | undefined {
    return id.endsWith(REPAIR_SUFFIX) ? id.slice(0, -REPAIR_SUFFIX.length) : undefined;
  }

  /** A write of a run takes effect; `log`: what the run has read of the stream. */
  by<Result>(name: string, log: ReadLog, effect: () => Result): Result {
    this.#writer = { name, log };
    try {
      const result = effect();
      if (result === 'conflict') this.#inConflict.add(name);
      return result;
    } finally {
      this.#writer = undefined;
    }
  }

  onHead(truth: ShardTruth, before: Head = EMPTY_HEAD, after: Head): void {
    const world = this.#world;
    const { left } = truth;
    const name = `head ${after.rev} of the repair of ${truth.shard.id}`;
    if (this.#writer === undefined) return world.fail(`${name} is written by no repair`);
    const to = truth.countedAt(after.position);
    if (to === undefined)
      return world.fail(`${name} has a position in no record: ${JSON.stringify(after.position)}`);
    if (to < left.repairedTo) return world.fail(`${name} goes back from event ${left.repairedTo} to ${to}`);
    if (to > truth.counted) return world.fail(`${name} repairs events up to ${to}, of ${truth.counted}`);
    if (after.n < before.n) return world.fail(`${name} takes n back`);
    const last = left.holes.at(-1);
    const isWithin = last !== undefined && to <= last.to;
    if (to > left.repairedTo && !isWithin) return world.fail(`${name} goes on to ${to}, behind all holes`);
    this.#noteSuspect(truth, before, after);
    const isCrash = !isDeepStrictEqual(before.crashes, after.crashes);
    const sums: Sums = { held: 0, reduced: 0, invalid: 0, lost: 0 };
    const lost: number[] = [];
    for (let place = left.repairedTo; place < to; place++) {
      const mark = left.marks[place] ?? 'kept';
      const event = truth.shard.events[place];
      if (mark === 'kept' || event === undefined) continue;
      if (isCrash) {
        lost.push(place);
        sums[mark === 'held' ? 'invalid' : 'lost'] += 1;
        this.#checkCrash(truth, name, place, mark);
      } else if (!this.#isFound(truth, place, this.#writer.log)) {
        sums.lost += 1;
        lost.push(place);
      } else if (mark === 'reduced') sums.reduced += 1;
      else if (event.verdict === 'crashed') world.fail(`${name} adds event ${place}, which kills`);
      else if (event.verdict === 'good') sums.held += 1;
      else {
        sums.invalid += 1;
        this.#checkLetter(truth, name, place);
      }
    }
    const ledger = before.ledger;
    const expected = {
      ...EMPTY_LEDGER,
      received: ledger.received + sums.held + sums.invalid,
      aggregated: ledger.aggregated + sums.held,
      invalid: ledger.invalid + sums.invalid,
    };
    if (JSON.stringify(after.ledger) !== JSON.stringify(expected)) {
      return world.fail(
        `${name} repairs events ${left.repairedTo} to ${to} as ${JSON.stringify(after.ledger)} after ${JSON.stringify(ledger)}; ` +
          `of them ${sums.held} were held and are good, ${sums.invalid} were and are not, ${sums.lost} can't be read any more`,
      );
    }
    world.trace(
      `${name} has come to event ${to}: ${JSON.stringify(sums)}, begun ${JSON.stringify(after.suspect)}`,
    );
    this.#strike(truth, to, sums);
    this.#add(this.#writer.name, sums);
    if (lost.length > 0 && !isCrash) this.#noteRepairedOfLost(truth, this.#writer.name);
    if (to > left.repairedTo) left.repair(to, lost);
  }

  /** What a run says that it did is what its commits did: it may have heard of fewer of them, but of no others. */
  onReport(name: string, report: RepairReport): void {
    const { held, invalid, lost, reduced } = this.#sums.get(name) ?? {
      held: 0,
      reduced: 0,
      invalid: 0,
      lost: 0,
    };
    const said = [report.heldRepaired, report.reducedRepaired, report.invalid, report.lost];
    const done = [held, reduced, invalid, lost];
    const most = [held, reduced, invalid, lost + (this.#repairedOfLost.get(name) ?? 0)];
    const isRight = said.every(
      (count, i) => count <= (most[i] ?? 0) && (this.#inConflict.has(name) || count >= (done[i] ?? 0)),
    );
    if (!isRight)
      this.#world.fail(
        `${name} says that it did ${said.join()} (held, reduced, invalid, lost), and did ${done.join()}`,
      );
  }

  /** When nothing is left to be counted: nothing is left to be repaired either. */
  checkEnd(): void {
    for (const { left, shard } of this.#truths())
      if (!left.isRepaired)
        this.#world.fail(
          `in the end, ${shard.id} is repaired up to event ${left.repairedTo} of ${left.holes.at(-1)?.to}`,
        );
  }

  /** Runs that have said in a head that they begin something, and not come back from it. */
  #noteSuspect({ shard }: ShardTruth, before: Head, after: Head): void {
    const attempts = after.suspect?.attempts ?? 0;
    if (attempts === 0 || isDeepStrictEqual(before.suspect, after.suspect)) return;
    const names = this.#begun.get(shard.id) ?? new Set();
    this.#begun.set(shard.id, names.add(this.#writer?.name ?? ''));
    if (attempts > 1 || after.suspect?.event !== null) this.#world.strikes.add('repaired_one_by_one');
  }

  /** A run comes back in good order, and could say so. */
  onEnd({ failures, name }: Caller): void {
    if (failures > 0) return;
    for (const names of this.#begun.values()) names.delete(name);
  }

  #checkCrash(truth: ShardTruth, name: string, index: number, mark: Mark): void {
    const { plan, strikes } = this.#world;
    strikes.add('crashed_in_repair');
    const found = truth.placeOfEvent(index);
    const attempts = this.#begun.get(truth.shard.id)?.size ?? 0;
    if (attempts < Math.min(...plan.limits.map(({ crashAttemptsMax }) => crashAttemptsMax)))
      this.#world.fail(`${name} gives up event ${index}, though ${attempts} runs have not come back`);
    if (mark !== 'held' || found === undefined) return;
    truth.left.crashed.add(index);
    const letters = [found.place, null].flatMap((place) => [
      ...this.#queue.lettersFor(truth.shard.id, found.record.sequence, place),
    ]);
    if (!letters.some(({ rejection }) => rejection.reason === 'crashed'))
      this.#world.fail(`${name} gives up event ${index}, and there is no letter`);
  }

  /** Whether a run has read all records of the hole that an event is in: else it can't tell its place for sure. */
  #isFound(truth: ShardTruth, place: number, log: ReadLog): boolean {
    const hole = truth.left.holes.find(({ from, to }) => from <= place && place < to);
    if (hole === undefined) return false;
    const found = log.of(truth.shard.id);
    return this.#recordsOf(truth, hole).every(({ sequence }) => found.has(sequence));
  }

  #recordsOf(truth: ShardTruth, { from, to }: HoleTruth) {
    return truth.shard.records.filter(
      ({ events, eventsBefore }) => eventsBefore < to && eventsBefore + events.length > from,
    );
  }

  #checkLetter(truth: ShardTruth, name: string, index: number): void {
    const event = truth.shard.events[index];
    const found = truth.placeOfEvent(index);
    if (event === undefined || found === undefined) return;
    const { record, place } = found;
    const letters = this.#queue.lettersFor(truth.shard.id, record.sequence, place);
    if (letters.some((letter) => isLetterFor(letter, record, event))) return;
    this.#world.fail(`${name} counts event ${index} as invalid (${event.verdict}), and there is no letter`);
  }

  #strike(truth: ShardTruth, to: number, { held, invalid, lost, reduced }: Sums): void {
    const { strikes } = this.#world;
    if (to === truth.left.repairedTo) return;
    strikes.add('repaired', held + reduced);
    if (invalid > 0) strikes.add('held_bad', invalid);
    if (lost > 0) strikes.add('lost', lost);
    if (truth.shard.parents.length > 0) strikes.add('repaired_of_child');
    if (!truth.left.holes.some((hole) => hole.to === to)) strikes.add('repaired_in_part');
  }

  #noteRepairedOfLost({ left }: ShardTruth, name: string): void {
    const hole = left.holes.find(({ from, to }) => from < left.repairedTo && left.repairedTo < to);
    if (hole === undefined) return;
    const repaired = left.marks.slice(hole.from, left.repairedTo).filter((mark) => mark !== 'kept').length;
    this.#repairedOfLost.set(name, (this.#repairedOfLost.get(name) ?? 0) + repaired);
  }

  #add(name: string, added: Sums): void {
    const sums = this.#sums.get(name) ?? { held: 0, reduced: 0, invalid: 0, lost: 0 };
    for (const key of ['held', 'reduced', 'invalid', 'lost'] as const) sums[key] += added[key];
    this.#sums.set(name, sums);
  }
}
