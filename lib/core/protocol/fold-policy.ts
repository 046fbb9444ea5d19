import type { EpochMs } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import { holeBytes, type PendingDelta, type PendingHole, pendingBytes } from './head.ts';

/** What is taken for the size of a block of which none has been folded yet. */
const BLOCK_BYTES_UNKNOWN = 1024;
/** DynamoDB bills whole kilobytes. */
const UNIT_BYTES = 1024;

/**
 * Decides which pending deltas are folded before the next commit: those of windows that are over, since nothing more
 * is expected there (of what comes late, more may be); those that have cost as much to carry as folding them costs (the rule of the ski rental: at most
 * twice the cost of the best choice in hindsight); and all, when together they take more than `pendingBytesSoft`.
 */
export function decideFolds(
  pending: readonly PendingDelta[],
  watermark: EpochMs | null,
  blockBytes: ReadonlyMap<string, number>,
  pendingBytesSoft: number,
): PendingDelta[] {
  const tooLarge = pendingBytes(pending) > pendingBytesSoft;
  return pending.map((delta) => {
    const over = !delta.key.late && watermark !== null && delta.windowEnd <= watermark;
    const fold = tooLarge || over || delta.carriedBytes >= foldBytes(delta, blockBytes);
    return fold === delta.fold ? delta : { ...delta, fold };
  });
}

/** What folding costs: a write of the whole block, in whole units, and a read. */
function foldBytes(delta: PendingDelta, blockBytes: ReadonlyMap<string, number>): number {
  const merged = Math.max(blockBytes.get(delta.key.aggregate) ?? BLOCK_BYTES_UNKNOWN, delta.bytes.length);
  return Math.ceil(merged / UNIT_BYTES) * UNIT_BYTES + UNIT_BYTES;
}

/** Of what may stay pending, a head's holes may take so much before they are stored. */
const HOLES_SHARE = 1 / 3;

/** Decides whether a head's holes are stored before the next commit: all together in one item, or none yet. */
export function decideStores(holes: readonly Hole[], pendingBytesSoft: number): PendingHole[] {
  const store = holeBytes(holes) > pendingBytesSoft * HOLES_SHARE;
  return holes.map((hole) => ({ ...hole, store }));
}
