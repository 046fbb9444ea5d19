import { decodeHole, type HoleContent } from '#core/degradation/hole.ts';
import { isRepaired, repairKeyOf } from '#core/degradation/repair-progress.ts';
import { EMPTY_HEAD, type Head, pendingBytes } from '#core/protocol/head.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { type Commit, nextHead } from '#core/protocol/next-head.ts';
import { isReached, type Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { foldHead } from '../aggregate/fold-head.ts';
import { positionAfter } from '../aggregate/record-cursor.ts';
import { WarmCache } from '../aggregate/warm-cache.ts';
import type { ShardHead } from '../query/read-heads.ts';
import type { RepairDeps } from './deps.ts';
import { holeEvents, type MarkedEvent } from './hole-events.ts';
import { openHoles } from './open-holes.ts';
import { repairChunk } from './repair-chunk.ts';

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

/** Events that one commit takes at most. */
const EVENTS_A_COMMIT = 10_000;

/**
 * Adds what a shard's commits have left out, hole by hole, in the order of the stream. What is added and how far that
 * is are one conditional write of the repair's own head, so that a crash, a second run, or two at once count once. It
 * goes to late blocks of its own, which readers add to what they find: finals do not wait for it, nor change.
 *
 * Returns whether all is repaired. Throws `RepairConflict`, or a `DependencyError`.
 */
export async function repairShard(
  deps: RepairDeps,
  { head, shard }: ShardHead,
  tally: RepairTally,
  isTimeUp: () => boolean,
): Promise<boolean> {
  const run = new RepairRun(deps, shard, tally);
  await run.begin();
  for await (const hole of openHoles(deps.table, shard, head, run.position)) {
    const content = decodeHole(hole.bytes, deps.compression);
    let some: MarkedEvent[] = [];
    for await (const event of holeEvents(deps.records, deps.tools, shard, hole, content)) {
      const { placed } = event;
      if (placed !== undefined && isReached(run.position, positionAfter(placed))) continue;
      some.push(event);
      if (some.length < EVENTS_A_COMMIT || placed === undefined) continue;
      await run.commit(content, some, positionAfter(placed));
      some = [];
      if (isTimeUp()) return false;
    }
    await run.commit(content, some, hole.last);
    if (isTimeUp()) return false;
  }
  await run.finish();
  return isRepaired(head, { position: run.position });
}

/** The steps for one shard within one run: read, fold, aggregate, commit. */
class RepairRun {
  readonly #deps: RepairDeps;
  readonly #shard: ShardKey;
  readonly #key: ShardKey;
  readonly #tally: RepairTally;
  #head: Head = EMPTY_HEAD;

  constructor(deps: RepairDeps, shard: ShardKey, tally: RepairTally) {
    this.#deps = deps;
    this.#shard = shard;
    this.#key = repairKeyOf(shard);
    this.#tally = tally;
  }

  get position(): Position {
    return this.#head.position;
  }

  async begin(): Promise<void> {
    this.#head = (await this.#deps.table.readHead(this.#key)) ?? EMPTY_HEAD;
  }

  /** Counts some events of a hole; as many commits as it takes. */
  async commit(content: HoleContent, events: readonly MarkedEvent[], position: Position): Promise<void> {
    const { limits } = this.#deps;
    const chunk = await repairChunk(this.#deps, this.#shard, content, events);
    const next = await this.#propose({
      position,
      ledger: chunk.ledger,
      deltas: chunk.deltas.deltas(),
      pendingBytesSoft: limits.pendingBytesSoft,
    });
    if (pendingBytes(next.pending) > limits.headBytesMax) {
      // Nothing beside it first; then fewer events at a time.
      if (this.#head.pending.length > 0) {
        await this.#foldAll();
        return this.commit(content, events, position);
      }
      const half = splitAt(events);
      if (half !== undefined) {
        await this.commit(content, events.slice(0, half.count), half.position);
        return this.commit(content, events.slice(half.count), position);
      }
    }
    if (chunk.letters.length > 0) await this.#deps.deadLetters.send(chunk.letters);
    await this.#write(next);
    this.#tally.held += chunk.ledger.aggregated;
    this.#tally.invalid += chunk.ledger.invalid;
    this.#tally.reduced += chunk.reduced;
    this.#tally.lost += chunk.lost;
  }

  /** Leaves nothing pending: the head is of no use to readers then, and the shard may leave the registry. */
  async finish(): Promise<void> {
    if (this.#head.pending.length > 0) await this.#foldAll();
  }

  async #foldAll(): Promise<void> {
    const nothing = { position: this.position, ledger: EMPTY_LEDGER, deltas: [], pendingBytesSoft: 0 };
    if (this.#head.pending.some(({ fold }) => !fold)) await this.#write(await this.#propose(nothing));
    if (this.#head.pending.length > 0) await this.#write(await this.#propose(nothing));
  }

  /** Folds what the head says is next, and gives the head after a commit. */
  async #propose(commit: Pick<Commit, 'position' | 'ledger' | 'deltas' | 'pendingBytesSoft'>): Promise<Head> {
    const folds = await foldHead({ ...this.#deps, cache: new WarmCache() }, this.#key, this.#head);
    if (folds === undefined) throw new RepairConflict(this.#key.shard);
    const nothing = { watermark: null, suspect: null, crashes: null, newest: null, seen: null };
    return nextHead(this.#head, { ...nothing, ...commit, foldedBytes: folds.bytes }, this.#deps.compression)
      .head;
  }

  async #write(next: Head): Promise<void> {
    if ((await this.#deps.table.writeHead(this.#key, next)) === 'conflict')
      throw new RepairConflict(this.#key.shard);
    this.#head = next;
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
