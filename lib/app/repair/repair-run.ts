import type { EpochMs } from '#core/brand.ts';
import type { HoleContent } from '#core/degradation/hole.ts';
import { repairKeyOf } from '#core/degradation/repair-progress.ts';
import { EMPTY_HEAD, type Head, pendingBytes, type Suspect } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { type Commit, nextHead } from '#core/protocol/next-head.ts';
import type { Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { type Folds, foldHead } from '../aggregate/fold-head.ts';
import { positionAfter } from '../aggregate/record-cursor.ts';
import { Begun, countCrash, type SuspectRun } from '../aggregate/suspects.ts';
import { WarmCache } from '../aggregate/warm-cache.ts';
import type { RepairDeps } from './deps.ts';
import type { MarkedEvent } from './hole-events.ts';
import { type RepairChunk, repairChunk } from './repair-chunk.ts';

/** Somebody else repairs the same shard: what they have done is not to be done again. */
export class RepairConflict extends Error {
  override readonly name = 'RepairConflict';
}

export interface RepairTally {
  held: number;
  reduced: number;
  invalid: number;
  lost: number;
}

/** How far a commit is, and what the run is about to do after it. */
export interface Progress {
  readonly position: Position;
  readonly suspect: Suspect | null;
}

/** The steps for one shard within one run: read, fold, begin, aggregate, commit. */
export class RepairRun implements SuspectRun {
  readonly begun: Begun;
  readonly #deps: RepairDeps;
  readonly #shard: ShardKey;
  readonly #key: ShardKey;
  readonly #tally: RepairTally;
  /** This run's alone: whoever else writes a block makes for a conflict, which ends it. */
  readonly #blocks = new WarmCache();
  #head: Head = EMPTY_HEAD;
  #folded: { readonly pending: Head['pending']; readonly bytes: Folds['bytes'] } | undefined;

  constructor(deps: RepairDeps, shard: ShardKey, tally: RepairTally) {
    this.#deps = deps;
    this.#shard = shard;
    this.#key = repairKeyOf(shard);
    this.#tally = tally;
    this.begun = new Begun(deps.cache, this.#key);
  }

  get position(): Position {
    return this.#head.position;
  }

  /** What was begun, as the head says. */
  get suspect(): Suspect | null {
    return this.#head.suspect;
  }

  async head(): Promise<Head> {
    this.#head = (await this.#deps.table.readHead(this.#key)) ?? EMPTY_HEAD;
    return this.#head;
  }

  /** Says in the head what is about to be done, so that not coming back from it is seen: from that, not from a fold. */
  async begin(suspect: Suspect): Promise<void> {
    await this.#fold();
    this.begun.keep(suspect);
    await this.#mustWrite({ ...this.#head, rev: this.#head.rev + 1, suspect });
  }

  /** Whether one rejection more is more than poison explains. */
  get isAtCrashLimit(): boolean {
    return this.#countCrash().count > this.#deps.limits.crashesPerHourMax;
  }

  /** Counts some events of a hole; as many commits as it takes. */
  async commit(content: HoleContent, events: readonly MarkedEvent[], progress: Progress): Promise<void> {
    const chunk = await repairChunk(this.#deps, this.#shard, content, events);
    const next = await this.#propose(chunk, progress);
    if (pendingBytes(next.pending) > this.#deps.limits.headBytesMax) {
      // Nothing beside it first; then fewer events at a time.
      if (this.#head.pending.length > 0) {
        await this.#foldAll();
        return this.commit(content, events, progress);
      }
      const half = splitAt(events);
      if (half !== undefined) {
        await this.commit(content, events.slice(0, half.count), { ...progress, position: half.position });
        return this.commit(content, events.slice(half.count), progress);
      }
    }
    await this.#count(chunk, next);
  }

  /** Counts what the function died of too often as the chunk says: rejected, or lost. */
  async commitCrashed(chunk: RepairChunk, progress: Progress): Promise<void> {
    await this.#count(chunk, { ...(await this.#propose(chunk, progress)), crashes: this.#countCrash() });
  }

  /** Leaves nothing pending: the head is of no use to readers then, and the shard may leave the registry. */
  async finish(): Promise<void> {
    if (this.#head.pending.length > 0) await this.#foldAll(null);
    if (!this.begun.has(this.suspect)) this.begun.end();
  }

  /** False in a conflict. */
  async write(next: Head): Promise<boolean> {
    if ((await this.#deps.table.writeHead(this.#key, next)) === 'conflict') return false;
    this.#head = next;
    return true;
  }

  async #count(chunk: RepairChunk, next: Head): Promise<void> {
    if (chunk.letters.length > 0) await this.#deps.deadLetters.send(chunk.letters);
    await this.#mustWrite(next);
    if (!this.begun.has(next.suspect)) this.begun.end();
    this.#tally.held += chunk.ledger.aggregated;
    this.#tally.invalid += chunk.ledger.invalid;
    this.#tally.reduced += chunk.reduced;
    this.#tally.lost += chunk.lost;
  }

  #countCrash() {
    return countCrash(this.#head.crashes, this.#deps.now() as EpochMs);
  }

  async #foldAll(suspect = this.#head.suspect): Promise<void> {
    const { position } = this.#head;
    const nothing = { ledger: EMPTY_LEDGER, deltas: [], pendingBytesSoft: 0 };
    const fold = async () => this.#mustWrite(await this.#next(nothing, { position, suspect }));
    if (this.#head.pending.some((delta) => !delta.fold)) await fold();
    if (this.#head.pending.length > 0) await fold();
  }

  #propose({ deltas, ledger }: RepairChunk, progress: Progress): Promise<Head> {
    const { pendingBytesSoft } = this.#deps.limits;
    return this.#next({ ledger, deltas: deltas.deltas(), pendingBytesSoft }, progress);
  }

  /** Folds what the head says is next, and gives the head after a commit. */
  async #next(
    commit: Pick<Commit, 'ledger' | 'deltas' | 'pendingBytesSoft'>,
    progress: Progress,
  ): Promise<Head> {
    const foldedBytes = await this.#fold();
    const same = { watermark: null, newest: null, seen: null, crashes: this.#head.crashes };
    return nextHead(this.#head, { ...same, ...commit, ...progress, foldedBytes }, this.#deps.compression)
      .head;
  }

  /** Once for what is pending, however often the head is written meanwhile. */
  async #fold(): Promise<Folds['bytes']> {
    const { pending } = this.#head;
    if (this.#folded?.pending !== pending) {
      const folds = await foldHead({ ...this.#deps, cache: this.#blocks }, this.#key, this.#head);
      if (folds === undefined) throw new RepairConflict(this.#key.shard);
      this.#folded = { pending, bytes: folds.bytes };
    }
    return this.#folded.bytes;
  }

  async #mustWrite(next: Head): Promise<void> {
    if (!(await this.write(next))) throw new RepairConflict(this.#key.shard);
  }
}

/** About the middle of some events, at one whose place is known; nothing where there is none. */
function splitAt(events: readonly MarkedEvent[]): { count: number; position: Position } | undefined {
  for (let count = Math.floor(events.length / 2); count > 0; count--) {
    const placed = events[count - 1]?.placed;
    if (placed !== undefined) return { count, position: positionAfter(placed) };
  }
  return undefined;
}
