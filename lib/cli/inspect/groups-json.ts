import { nodeCompression } from '#adapters/node-compression.ts';
import { decodeGroups } from '#core/block-codec.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';

/** What stored groups belong to. */
export interface GroupsOwner {
  readonly aggregate: string;
  readonly generation: string;
}

/**
 * Stored groups with their values. They say themselves what their metrics are; the names of the fields that they are
 * grouped by are the definition's, where that is of their generation.
 */
export function groupsAsJson(
  bytes: Uint8Array,
  { aggregate, generation }: GroupsOwner,
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
      ...Object.fromEntries(groups.layout.map(({ name }, at) => [name, values[at]])),
    };
  });
}
