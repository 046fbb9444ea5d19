import { WarmCache } from '#app/aggregate/warm-cache.ts';
import type { Head } from '#core/protocol/head.ts';
import type { EnvironmentParts } from '../environment.ts';
import { shardText } from '../memory-table.ts';

/** A cache that forgets heads, so that each is read from the table, where a mutant can change it. */
class HeadlessCache extends WarmCache {
  override head(): undefined {
    return undefined;
  }
}

/** An environment that sees other heads than there are. */
export function seeingHeads(parts: EnvironmentParts, change: (head: Head) => Head): EnvironmentParts {
  const { table } = parts;
  return {
    ...parts,
    cache: new HeadlessCache(),
    table: {
      ...table,
      readHead: async (shard) => {
        const head = await table.readHead(shard);
        return head && change(head);
      },
    },
  };
}

/**
 * An environment that writes other heads than it means to. `change` is given the head that was read or written last;
 * where it gives none, nothing is written, and taken for written.
 */
export function writingHeads(
  parts: EnvironmentParts,
  change: (head: Head, last: Head | undefined) => Head | undefined,
): EnvironmentParts {
  const { table } = parts;
  const seen = new Map<string, Head>();
  return {
    ...parts,
    cache: new HeadlessCache(),
    table: {
      ...table,
      readHead: async (shard) => {
        const head = await table.readHead(shard);
        if (head !== undefined) seen.set(shardText(shard), head);
        return head;
      },
      writeHead: async (shard, head) => {
        const changed = change(head, seen.get(shardText(shard)));
        if (changed === undefined) return 'written';
        const outcome = await table.writeHead(shard, changed);
        if (outcome === 'written') seen.set(shardText(shard), changed);
        return outcome;
      },
    },
  };
}
