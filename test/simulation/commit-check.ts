import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import { isLetterFor } from './letter-check.ts';
import type { ShardTruth } from './shard-truth.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

/** Checks what a commit counts: each event once, as what it is, and bad ones after their letter is kept. */
export class CommitCheck {
  readonly #world: World;
  readonly #queue: SimulatedQueue;

  constructor(world: World, queue: SimulatedQueue) {
    this.#world = world;
    this.#queue = queue;
  }

  /** A head, called `name`, counts the shard's events up to the first `counted`. */
  check(truth: ShardTruth, name: string, before: Ledger, after: Ledger, counted: number): void {
    const { clock } = this.#world;
    const isOk = this.#checkLedger(truth, name, before, after, counted);
    if (!isOk || counted === truth.counted) return;
    for (let i = truth.counted; i < counted; i++) this.#checkLetter(truth, name, i);
    const isRejection = after.received - before.received === 1 && after.invalid > before.invalid;
    if (isRejection && this.#isCrash(truth, counted) && !truth.suspects.reject(clock.nowMs)) {
      this.#world.fail(`${name} rejects more events as crashed than one hour may have`);
    }
  }

  #checkLedger(truth: ShardTruth, name: string, before: Ledger, after: Ledger, counted: number): boolean {
    const world = this.#world;
    const events = truth.shard.events.slice(truth.counted, counted);
    const good = events.filter(({ verdict }) => verdict === 'good').length;
    const received = after.received - before.received;
    const aggregated = after.aggregated - before.aggregated;
    const invalid = after.invalid - before.invalid;
    if (received === events.length && aggregated === good && invalid === events.length - good) return true;
    const isCrash = received === 1 && invalid === 1 && this.#isCrash(truth, counted);
    if (isCrash && this.#isBadLuck(truth)) {
      for (let place = truth.counted; place < counted; place++) truth.unlucky.add(place);
      world.strikes.add('crashed_by_bad_luck');
      return true;
    }
    world.fail(
      `${name} counts events ${truth.counted} to ${counted} as ${received} received, ${aggregated} aggregated, ${invalid} invalid; ` +
        `${good} of ${events.length} are good`,
    );
    return false;
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
    if (event === undefined || found === undefined || event.verdict === 'good') return;
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
