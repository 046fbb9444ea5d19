import { nodeCompression } from '#adapters/node-compression.ts';
import { decodeGroups } from '#core/block-codec.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { isSessionBound } from '#core/sessions/session-bounds.ts';

/** What stored groups belong to; and when the window, or the pane, begins. */
export interface GroupsOwner {
  readonly windowStart: number;
  readonly aggregate: string;
  readonly generation: string;
}

/**
 * Stored groups with their values. They say themselves what their metrics are; the names of the fields that they are
 * grouped by are the definition's, where that is of their generation. Of sessions, `$first` and `$last` are when the
 * group's first and last events in the pane were.
 */
export function groupsAsJson(
  bytes: Uint8Array,
  { aggregate, generation, windowStart }: GroupsOwner,
  { aggregates }: Pipeline,
): object[] {
  const definition = aggregates.find((one) => one.name === aggregate && one.generation === generation);
  const groups = decodeGroups(bytes, nodeCompression);
  return [...groups.keys()].map((groupKey) => {
    const values = groups.values(groups.row(groupKey), definition?.window.everyMs);
    const fields = definition?.groupBy;
    const names = fields && groupValuesOf(groupKey, fields.length).map((value, at) => [fields[at], value]);
    return {
      group: names === undefined ? groupKey : Object.fromEntries(names),
      ...Object.fromEntries(
        groups.layout.map(({ name }, at) => {
          const value = values[at];
          return isSessionBound(name) && typeof value === 'number'
            ? [name, new Date(windowStart + value).toISOString()]
            : [name, value];
        }),
      ),
    };
  });
}
