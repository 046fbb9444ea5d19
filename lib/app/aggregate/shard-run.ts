import type { EpochMs } from '#core/brand.ts';
import { seenIdsBytes } from '#core/duplicates/seen-ids.ts';
import { EMPTY_HEAD, type Head, holeBytes, pendingBytes, type Suspect } from '#core/protocol/head.ts';
import { addLedgers } from '#core/protocol/ledger.ts';
import { type Commit, type NextHead, nextHead } from '#core/protocol/next-head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import { newTally, type Tally } from './batch-report.ts';
import type { AggregateDeps } from './deps.ts';
import { type Folds, foldHead } from './fold-head.ts';
import { registerShard } from './register-shard.ts';
import { type CommitIds, type HeadIds, readHeadIds } from './shard-ids.ts';
import { storeHoles } from './store-holes.ts';
import { Begun } from './suspects.ts';

/** Attributes of a head's item beside its pending deltas: position, ledger, names, the table's overhead. */
const HEAD_BYTES_BESIDE = 1024;

/** A head with its folds done: the next commit may leave them out. */
export interface FoldedHead {
  readonly head: Head;
  readonly folds: Folds;
}

/** What a commit takes from its caller; the run adds what folding found. */
export type CommitContent = Omit<Commit, 'foldedBytes' | 'seen'> & { readonly ids: CommitIds };

/** A commit that has not been made. */
export interface Proposal extends NextHead {
  readonly content: CommitContent;
  /** About how large the head's item would be, but for the ids in it, which are few. */
  readonly bytes: number;
}

/** The steps of the protocol for one shard within one invocation: read, fold, propose, commit. */
export class ShardRun {
  readonly tally: Tally = newTally();
  /** Events that a commit of this batch takes at most: halved where a head got too large, so that it is found once. */
  chunkEventsMax = Number.POSITIVE_INFINITY;
  /** What this environment has begun in the shard. */
  readonly begun: Begun;
  readonly #deps: AggregateDeps;
  readonly #shard: ShardKey;
  /** The head as this run last read or wrote it. */
  #last: Head = EMPTY_HEAD;

  constructor(deps: AggregateDeps, shard: ShardKey) {
    this.#deps = deps;
    this.#shard = shard;
    this.begun = new Begun(deps.cache, shard);
  }

  get last(): Head {
    return this.#last;
  }

  /** Step 1. A cached head may be out of date: then the commit finds out. */
  async head(): Promise<Head> {
    this.#last = await this.#readHead();
    return this.#last;
  }

  /** Step 2: stores holes, and merges into blocks, what the head says is next; `undefined` in a conflict: start again. */
  async fold(head: Head): Promise<FoldedHead | undefined> {
    await storeHoles(this.#deps.table, this.#shard, head);
    const folds = await foldHead(this.#deps, this.#shard, head);
    if (folds === undefined) {
      this.#conflict();
      return undefined;
    }
    this.tally.folds += folds.written;
    this.tally.overflowedGroups += folds.overflowed;
    return { head, folds };
  }

  /** The ids that a head knows, by which duplicates are told. `arrival`: of the next event. */
  ids(head: Head, arrival: EpochMs): Promise<HeadIds> {
    return readHeadIds(this.#deps, this.#shard, head, arrival);
  }

  /** What `commit` would write, and about how large its item would be. */
  propose({ head, folds }: FoldedHead, content: CommitContent): Proposal {
    const next = nextHead(
      head,
      { ...content, seen: content.ids.seen, foldedBytes: folds.bytes },
      this.#deps.compression,
    );
    const bytes = pendingBytes(next.head.pending) + holeBytes(next.head.holes) + HEAD_BYTES_BESIDE;
    return { content, ...next, bytes };
  }

  /**
   * Steps 4 and 5: keeps the rejected events, writes new ids that the head is to name, then makes the batch count in one conditional write. `undefined` in a
   * conflict: somebody else wrote the head, and nothing of this counts.
   */
  async commit(proposal: Proposal, letters: readonly DeadLetter[]): Promise<Head | undefined> {
    const { content, head, overflowed, bytes } = proposal;
    if (letters.length > 0) await this.#deps.deadLetters.send(letters);
    const { committed, forgotten, keepMs, seen, writes } = content.ids;
    await Promise.all(
      writes.map((segment) => this.#deps.table.writeSegment(segment.name, segment.bytes, keepMs)),
    );
    if (!(await this.write(head))) return undefined;
    committed();
    this.tally.idsForgotten += forgotten;
    if (!this.begun.has(head.suspect)) this.begun.end();
    this.tally.commits += 1;
    this.tally.headBytes = bytes + seenIdsBytes(seen);
    this.tally.level = head.load.level;
    this.tally.overflowedGroups += overflowed;
    this.tally.ledger = addLedgers(this.tally.ledger, content.ledger);
    for (const { rejection } of letters) {
      this.tally.rejected.set(rejection.reason, (this.tally.rejected.get(rejection.reason) ?? 0) + 1);
    }
    return head;
  }

  /** Keeps the greatest share of a group over the commits of a batch. */
  noteHotGroup(share: number | undefined): void {
    if (share !== undefined) this.tally.hotGroupShare = Math.max(share, this.tally.hotGroupShare ?? 0);
  }

  /** Says in the head what is about to be done, so that not coming back from it is seen; `undefined` in a conflict. */
  async begin(head: Head, suspect: Suspect): Promise<Head | undefined> {
    const begun: Head = { ...head, rev: head.rev + 1, suspect };
    this.begun.keep(suspect);
    return (await this.write(begun)) ? begun : undefined;
  }

  /** Writes a head; false in a conflict. A reply that is lost leaves the cache empty: nothing is known then. */
  async write(next: Head): Promise<boolean> {
    this.#deps.cache.dropHead(this.#shard);
    if ((await this.#deps.table.writeHead(this.#shard, next)) === 'conflict') {
      this.#conflict();
      return false;
    }
    this.#deps.cache.keepHead(this.#shard, next);
    this.#last = next;
    return true;
  }

  async #readHead(): Promise<Head> {
    const cached = this.#deps.cache.head(this.#shard);
    if (cached !== undefined) return cached;
    const stored = await this.#deps.table.readHead(this.#shard);
    if (stored !== undefined) return stored;
    return { ...EMPTY_HEAD, watermark: await registerShard(this.#deps.table, this.#shard) };
  }

  #conflict(): void {
    this.tally.conflicts += 1;
    this.#deps.cache.drop();
  }
}
