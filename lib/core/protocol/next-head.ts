import type { Delta } from '#core/batch/batch-deltas.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { EpochMs } from '#core/brand.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import type { Hole } from '#core/degradation/hole.ts';
import type { Load } from '#core/degradation/ladder.ts';
import type { SeenIds } from '#core/duplicates/seen-ids.ts';
import type { GroupTable } from '#core/group-table.ts';
import { blockKeyText } from './block.ts';
import { decideFolds, decideStores } from './fold-policy.ts';
import {
  type CanarySeen,
  type CrashCount,
  type Head,
  type NewestEvent,
  type PendingDelta,
  type Suspect,
  storedDeltaBytes,
} from './head.ts';
import { addLedgers, type Ledger } from './ledger.ts';
import type { Position } from './position.ts';

/** What a commit says, beside the head that it was made from. */
export interface Commit {
  readonly position: Position;
  /** What became of the events between the old position and the new. */
  readonly ledger: Ledger;
  readonly deltas: Iterable<Delta>;
  /** What those events make of the watermark; `null` where none had a time. */
  readonly watermark: EpochMs | null;
  /** The sizes of the blocks that were just folded, by aggregate. */
  readonly foldedBytes: ReadonlyMap<string, number>;
  /** What may stay pending, in bytes: if it is more, everything is folded next. */
  readonly pendingBytesSoft: number;
  readonly suspect: Suspect | null;
  readonly crashes: CrashCount | null;
  /** The newest of those events; `null` where none had a time. */
  readonly newest: NewestEvent | null;
  /** The last canary among them, if there was one. */
  readonly canary?: CanarySeen;
  /** What the level of the next commit is, and why; as it was, where nothing is said. */
  readonly load?: Load;
  /** What was left out of those events; `null`: nothing. */
  readonly hole?: Hole | null;
  /** The ids seen once those events are; `null` where the pipeline does not tell duplicates. */
  readonly seen: SeenIds | null;
}

export interface NextHead {
  readonly head: Head;
  /** Groups that the caps made part of `__other__`. */
  readonly overflowed: number;
}

/**
 * The head that a commit writes: what was to be folded is left out (it must have been folded), the deltas are added
 * to what stays, and the next folds are decided.
 */
export function nextHead(head: Head, commit: Commit, compression: Compression): NextHead {
  const kept = head.pending.filter((delta) => !delta.fold);
  const pending = new Map(kept.map((delta) => [blockKeyText(delta.key), carried(delta)]));
  const { hole = null } = commit;
  let gains = 0;
  let overflowed = 0;
  let { lastEnd } = head;
  for (const delta of commit.deltas) {
    const text = blockKeyText(delta.key);
    const merged = mergedGroups(pending.get(text), delta, compression);
    pending.set(text, withGroups(pending.get(text), delta, encodeGroups(merged.groups, compression)));
    overflowed += merged.overflowed;
    gains += 1;
    if (!delta.key.late) lastEnd = later(lastEnd, delta.windowEnd);
  }
  const watermark = later(head.watermark, commit.watermark);
  const blockBytes = new Map([...head.blockBytes, ...commit.foldedBytes]);
  const next: Head = {
    rev: head.rev + 1,
    n: gains > 0 ? head.n + 1 : head.n,
    position: commit.position,
    ledger: addLedgers(head.ledger, commit.ledger),
    watermark,
    pending: decideFolds([...pending.values()], watermark, blockBytes, commit.pendingBytesSoft),
    blockBytes,
    suspect: commit.suspect,
    crashes: commit.crashes,
    newest: newer(head.newest, commit.newest),
    canary: commit.canary ?? head.canary,
    lastEnd,
    load: commit.load ?? head.load,
    holes: decideStores(
      [...head.holes.filter(({ store }) => !store), ...(hole === null ? [] : [hole])],
      commit.pendingBytesSoft,
    ),
    lastHole: hole === null ? head.lastHole : hole.last,
    ended: head.ended,
    seen: commit.seen,
  };
  return { head: next, overflowed };
}

function carried(delta: PendingDelta): PendingDelta {
  return { ...delta, carriedBytes: delta.carriedBytes + storedDeltaBytes(delta) };
}

function withGroups(pending: PendingDelta | undefined, delta: Delta, bytes: Uint8Array): PendingDelta {
  const { key, windowEnd, groupsMax, keepMs } = delta;
  return { key, windowEnd, groupsMax, keepMs, bytes, carriedBytes: pending?.carriedBytes ?? 0, fold: false };
}

function mergedGroups(
  pending: PendingDelta | undefined,
  { table, groupsMax }: Delta,
  compression: Compression,
): { groups: GroupTable; overflowed: number } {
  if (pending === undefined && table.size <= groupsMax) return { groups: table, overflowed: 0 };
  const groups = pending === undefined ? table.emptyLike() : decodeGroups(pending.bytes, compression);
  return { groups, ...mergeCapped(groups, table, groupsMax) };
}

/** The newer of two events, either of which may be missing. */
export function newer(a: NewestEvent | null, b: NewestEvent | null): NewestEvent | null {
  if (a === null || b === null) return a ?? b;
  return a.time >= b.time ? a : b;
}

/** The later of two times, either of which may be missing. */
export function later(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
