import type { Compression } from '#core/compression.ts';
import type { Block } from '#core/protocol/block.ts';
import { foldBlock, isFolded } from '#core/protocol/fold-block.ts';
import type { Head, PendingDelta } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import type { Table } from '../ports/table.ts';
import type { WarmCache } from './warm-cache.ts';

/** Folds under way at a time: more would only compete for the function's one processor. */
const FOLDS_AT_A_TIME = 8;
/** Attempts at one block; another writer of it means that this head is out of date, or about to be. */
const ATTEMPTS_MAX = 3;

export interface FoldDeps {
  readonly table: Table;
  readonly compression: Compression;
  readonly cache: WarmCache;
}

export interface Folds {
  /** Blocks written; the others were folded already. */
  readonly written: number;
  /** The size of the last block of each aggregate, in bytes. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Groups that the cap on groups made part of `__other__`. */
  readonly overflowed: number;
}

/**
 * Merges the deltas that the head says are next into their blocks. Idempotent: a block remembers the `n` up to which
 * it was folded. `undefined` where another writer is at the same blocks: the head must be read again.
 */
export async function foldHead(deps: FoldDeps, shard: ShardKey, head: Head): Promise<Folds | undefined> {
  const deltas = head.pending.filter((delta) => delta.fold);
  const bytes = new Map<string, number>();
  let written = 0;
  let overflowed = 0;
  for (let i = 0; i < deltas.length; i += FOLDS_AT_A_TIME) {
    const some = deltas.slice(i, i + FOLDS_AT_A_TIME);
    const done = await Promise.all(some.map((delta) => foldDelta(deps, shard, head, delta)));
    for (const fold of done) {
      if (fold === undefined) return undefined;
      bytes.set(fold.block.key.aggregate, fold.block.bytes.length);
      written += fold.written ? 1 : 0;
      overflowed += fold.overflowed;
    }
  }
  return { written, bytes, overflowed };
}

interface Fold {
  readonly block: Block;
  readonly written: boolean;
  readonly overflowed: number;
}

async function foldDelta(
  deps: FoldDeps,
  shard: ShardKey,
  head: Head,
  delta: PendingDelta,
): Promise<Fold | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const cached = attempt === 0 ? deps.cache.block(shard, delta.key) : undefined;
    const stored = cached ?? (await deps.table.readBlock(shard, delta.key));
    if (stored !== undefined && isFolded(stored, head)) {
      deps.cache.keepBlock(shard, stored);
      return { block: stored, written: false, overflowed: 0 };
    }
    const { block, overflowed } = foldBlock(stored, delta, head, deps.compression);
    if ((await deps.table.writeBlock(shard, block, stored?.n, delta.keepMs)) === 'written') {
      deps.cache.keepBlock(shard, block);
      return { block, written: true, overflowed };
    }
    deps.cache.drop();
  }
  return undefined;
}
