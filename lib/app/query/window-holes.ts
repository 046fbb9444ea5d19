import type { GroupTable } from '#core/group-table.ts';

/** How many of a window's events were left out. */
export interface WindowHoles {
  /** Only the essential metrics have them. */
  readonly reduced: number;
  /** Of low priority: no metric has them, essential or not. */
  readonly held: number;
}

/**
 * What a window lacks. Its parts have that beside what they have, so that it is true of the rows at any moment: what a
 * repair adds comes with what it takes off here. Less than nothing is lacking only where a repair was seen, and not yet
 * what it repairs.
 */
export function windowHolesOf({
  held,
  reduced,
}: Pick<GroupTable, 'held' | 'reduced'>): WindowHoles | undefined {
  if (held <= 0 && reduced <= 0) return undefined;
  return { reduced: Math.max(0, reduced), held: Math.max(0, held) };
}
