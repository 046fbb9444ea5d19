import type { DeadLetter, DeadLetters } from '#app/ports/dead-letters.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { Random } from './random.ts';
import type { MakeCall } from './service-calls.ts';
import type { Caller, World } from './world.ts';

/** A dead-letter queue in memory. */
export class SimulatedQueue {
  readonly #letters = new Map<string, DeadLetter[]>();

  /** Keeps a letter; false where there was one for the same event. */
  keep(letter: DeadLetter): boolean {
    const key = letterKey(letter.shard.shard, letter.sequence, letter.event);
    const known = this.#letters.get(key);
    if (known !== undefined) known.push(letter);
    else this.#letters.set(key, [letter]);
    return known === undefined;
  }

  /** The letters for one event; `null`: for a record as a whole. */
  lettersFor(shard: string, sequence: string, event: number | null): readonly DeadLetter[] {
    return this.#letters.get(letterKey(shard, sequence, event)) ?? [];
  }

  *all(): Generator<DeadLetter> {
    for (const letters of this.#letters.values()) yield* letters;
  }
}

/** The queue as a caller has it. */
export function environmentDeadLetters(
  world: World,
  calls: MakeCall,
  caller: Caller,
  queue: SimulatedQueue,
  random: Random,
): DeadLetters {
  const keepAll = (letters: readonly DeadLetter[]) => {
    for (const letter of letters) if (!queue.keep(letter)) world.strikes.add('dead_letter_again');
  };
  return {
    send: async (letters) => {
      const fails = world.dice.strikes('queue_failure', random);
      const some = world.dice.strikes('queue_partial', random)
        ? random.int(0, letters.length)
        : letters.length;
      const taken = fails ? [] : letters.slice(0, some);
      const what = `sends ${taken.length} of ${letters.length} dead letters`;
      await calls.make(caller, {
        service: 'dead_letters',
        what,
        isWrite: true,
        effect: () => keepAll(taken),
      });
      if (taken.length < letters.length) throw new DependencyError('dead_letters', 'unavailable', what);
    },
  };
}

function letterKey(shard: string, sequence: string, event: number | null): string {
  return `${shard}|${sequence}|${event ?? 'record'}`;
}
