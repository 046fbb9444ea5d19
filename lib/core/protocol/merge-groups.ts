import { decodeGroups } from '#core/block-codec.ts';
import { mergeCapped } from '#core/cap-groups.ts';
import type { Compression } from '#core/compression.ts';
import type { GroupTable } from '#core/group-table.ts';
import { BLOCK_BYTES_MAX, encodeFitting } from './fold-block.ts';

export interface MergedGroups {
  readonly table: GroupTable;
  readonly bytes: Uint8Array;
}

/**
 * Merges blocks of one window, one after the other, into what fits into an item. Where all groups together would
 * not, fewer are kept apart: the totals stay exact. `parts` has at least one element.
 */
export function mergeGroups(
  parts: readonly Uint8Array[],
  groupsMax: number,
  compression: Compression,
): MergedGroups {
  for (let groups = groupsMax; groups > 0; groups = Math.floor(groups / 2)) {
    const table = mergeAll(parts, groups, compression);
    const bytes = encodeFitting(table, compression);
    if (bytes !== undefined) return { table, bytes };
  }
  throw new RangeError(`a window of a single group that has more than ${BLOCK_BYTES_MAX} bytes`);
}

function mergeAll(parts: readonly Uint8Array[], groupsMax: number, compression: Compression): GroupTable {
  const [first, ...others] = parts;
  if (first === undefined) throw new RangeError('nothing to merge');
  const decoded = decodeGroups(first, compression);
  let table = decoded;
  // The first may have more than are let in, from when the cap was higher.
  if (decoded.size > groupsMax) {
    table = decoded.emptyLike();
    mergeCapped(table, decoded, groupsMax);
  }
  for (const part of others) mergeCapped(table, decodeGroups(part, compression), groupsMax);
  return table;
}
