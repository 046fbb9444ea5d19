import type { WindowStart } from '#core/brand.ts';
import type { GroupTable, Layout } from '#core/group-table.ts';

/**
 * Two columns that the tables of sessions have beside their metrics: when a group's first and last events of a pane
 * were, in milliseconds from the pane's start. No metric can have such a name.
 */
export const SESSION_BOUNDS: Layout = [
  { name: '$first', kind: 'min' },
  { name: '$last', kind: 'max' },
];

/** Whether a column of this name is one of the two. */
export function isSessionBound(name: string): boolean {
  return SESSION_BOUNDS.some((bound) => bound.name === name);
}

/** When the first and the last event of a row were, in epoch milliseconds. */
export interface Bounds {
  readonly first: number;
  readonly last: number;
}

/** Reads the bounds of the rows of a pane's table. Throws `RangeError` where it has none: it is of no sessions. */
export function boundsIn(table: GroupTable, paneStart: WindowStart): (row: number) => Bounds {
  const [first, last] = SESSION_BOUNDS.map(({ name }) => {
    const at = table.layout.findIndex((column) => column.name === name);
    return table.column(at);
  });
  return (row) => ({
    first: paneStart + Number(first?.value(row)),
    last: paneStart + Number(last?.value(row)),
  });
}
