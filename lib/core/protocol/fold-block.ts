import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import type { GroupTable } from '#core/group-table.ts';
import type { Block } from './block.ts';
import type { Head, PendingDelta } from './head.ts';

/** Largest block that is written; DynamoDB's limit for an item is 400 KB, its keys and names included. */
export const BLOCK_BYTES_MAX = 380 * 1024;

export interface FoldedBlock {
  readonly block: Block;
  /** Groups that the caps made part of `__other__`. */
  readonly overflowed: number;
}

/** Whether a head's deltas are in the block already; then folding again must not change it. */
export function isFolded(block: Block | undefined, head: Head): boolean {
  return block !== undefined && block.n >= head.n;
}

/**
 * The block with a pending delta merged in, fenced by the head's `n`. Where the merged groups would not fit into an
 * item, fewer are kept apart: the totals stay exact, and a block that could never be written would stop its shard.
 */
export function foldBlock(
  block: Block | undefined,
  delta: PendingDelta,
  head: Head,
  compression: Compression,
): FoldedBlock {
  const groups = decodeGroups(delta.bytes, compression);
  const stored = () => (block === undefined ? groups.emptyLike() : decodeGroups(block.bytes, compression));
  for (const caps of everTighter(stored().size, delta.groupsMax)) {
    const trimmed = trim(stored(), caps.stored);
    const { overflowed } = mergeCapped(trimmed.table, groups, caps.all);
    const bytes = encodeFitting(trimmed.table, compression);
    if (bytes === undefined) continue;
    return { block: { key: delta.key, n: head.n, bytes }, overflowed: trimmed.overflowed + overflowed };
  }
  throw new RangeError(`a block of a single group that has more than ${BLOCK_BYTES_MAX} bytes`);
}

interface Caps {
  /** Groups that the stored block keeps. */
  readonly stored: number;
  /** Groups up to which the delta's new ones are let in. */
  readonly all: number;
}

/** All groups; then no new ones; then, as the states of the stored ones may have outgrown the item, fewer of those. */
function* everTighter(stored: number, groupsMax: number): Generator<Caps> {
  yield { stored, all: groupsMax };
  yield { stored, all: 0 };
  for (let fewer = stored; fewer > 0; ) {
    fewer = Math.floor(fewer / 2);
    yield { stored: fewer, all: 0 };
  }
}

function trim(table: GroupTable, groupsMax: number): { table: GroupTable; overflowed: number } {
  if (table.size <= groupsMax) return { table, overflowed: 0 };
  const fewer = table.emptyLike();
  return { table: fewer, ...mergeCapped(fewer, table, groupsMax) };
}

/** A table's bytes, where they fit into an item. */
export function encodeFitting(table: GroupTable, compression: Compression): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = encodeGroups(table, compression);
  } catch (error) {
    // More than can be read again. By its name: a RangeError of another realm is not `instanceof` ours.
    if (error instanceof Error && error.name === 'RangeError') return undefined;
    throw error;
  }
  return bytes.length <= BLOCK_BYTES_MAX ? bytes : undefined;
}
