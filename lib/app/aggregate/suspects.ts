import type { EpochMs } from '#core/brand.ts';
import type { CrashCount, Head, Suspect } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Rejection } from '#core/rejection.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { AggregateLimits } from './limits.ts';
import type { WarmCache } from './warm-cache.ts';

const HOUR_MS = 3_600_000;
/** Others may write the head meanwhile. */
const TAKE_BACK_ATTEMPTS_MAX = 3;

/** Where an environment remembers what it has begun. */
export type BegunMemory = Pick<WarmCache, 'begun' | 'keepBegun' | 'dropBegun'>;

/** What this environment has begun in a shard, and neither committed nor taken back. */
export class Begun {
  readonly #memory: BegunMemory;
  readonly #shard: ShardKey;

  constructor(memory: BegunMemory, shard: ShardKey) {
    this.#memory = memory;
    this.#shard = shard;
  }

  get isAny(): boolean {
    return this.#memory.begun(this.#shard) !== undefined;
  }

  /**
   * Whether one of the attempts that a head tells of is this environment's: then nothing died of that one, since the
   * environment is alive. In an outage, neither the commit nor the taking back may have got through, several times
   * in a row; so it is the environment that remembers, not the run.
   */
  has(suspect: Suspect | null): suspect is Suspect {
    const begun = this.#memory.begun(this.#shard);
    if (begun === undefined || suspect === null || suspect.attempts === 0) return false;
    if (begun.sequence !== suspect.sequence) return false;
    // Whoever began an event of a record has come back from decoding it.
    return begun.event === suspect.event || suspect.event === null;
  }

  keep(suspect: Suspect): void {
    this.#memory.keepBegun(this.#shard, suspect);
  }

  /** Forgets it: it is committed, taken back, was never told of, or is to stay in the head. */
  end(): void {
    this.#memory.dropBegun(this.#shard);
  }
}

/** Whoever begins things in a head. */
export interface SuspectRun {
  readonly begun: Begun;
  /** The head as it is now. */
  head(): Promise<Head>;
  /** False in a conflict. */
  write(head: Head): Promise<boolean>;
}

/**
 * Takes back, as well as it can, that something was begun: the invocation came back from it in good order, so it did
 * not kill the function.
 */
export async function takeBackSuspect(run: SuspectRun): Promise<void> {
  try {
    for (let attempt = 0; run.begun.isAny && attempt < TAKE_BACK_ATTEMPTS_MAX; attempt++) {
      const head = await run.head();
      if (!run.begun.has(head.suspect)) return run.begun.end();
      const { event } = head.suspect;
      const attempts = head.suspect.attempts - 1;
      const suspect: Suspect | null = attempts > 0 || event !== null ? { ...head.suspect, attempts } : null;
      if (await run.write({ ...head, rev: head.rev + 1, suspect })) run.begun.end();
    }
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
  }
}

/** Why an event is rejected of which the function died too often. */
export function crashedRejection({ crashAttemptsMax }: AggregateLimits): Rejection {
  return {
    reason: 'crashed',
    detail: `the function did not come back from it in ${crashAttemptsMax} attempts: it crashed, ran out of memory, or ran into its timeout`,
  };
}

/** Counts one rejection more, within the hour. */
export function countCrash(crashes: CrashCount | null, now: EpochMs): CrashCount {
  if (crashes === null || now - crashes.since >= HOUR_MS) return { since: now, count: 1 };
  return { since: crashes.since, count: crashes.count + 1 };
}
