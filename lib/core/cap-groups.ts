import { OTHER_GROUP } from './group-key.ts';
import type { GroupTable } from './group-table.ts';

/**
 * Merges `other` into `into`, which keeps at most `groupsMax` groups apart, so that a block can always be stored.
 * What is new beyond them goes into `OTHER_GROUP`, which comes on top: no event is lost, and all totals stay exact.
 * Groups that `into` has already stay, even if the cap was lowered since; of the new ones, the first by key get in.
 *
 * `overflowed` is the number of groups that were not kept apart.
 */
export function mergeCapped(into: GroupTable, other: GroupTable, groupsMax: number): { overflowed: number } {
  const kept = into.size - (into.has(OTHER_GROUP) ? 1 : 0);
  const room = Math.max(0, groupsMax - kept);
  const added = [...other.keys()].filter((key) => key !== OTHER_GROUP && !into.has(key));
  if (added.length <= room) {
    into.mergeFrom(other);
    return { overflowed: 0 };
  }
  const over = new Set(added.sort().slice(room));
  into.mergeFrom(other, (key) => (over.has(key) ? OTHER_GROUP : key));
  return { overflowed: over.size };
}
