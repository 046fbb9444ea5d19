import { KnownIds } from '#app/aggregate/known-ids.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { IdList, NO_IDS } from '#core/duplicates/id-list.ts';
import { IdTable } from '#core/duplicates/id-table.ts';
import type { Head } from '#core/protocol/head.ts';
import { isSameShard, type ShardKey } from '#core/protocol/registry.ts';
import type { EnvironmentParts } from '../environment.ts';
import type { SimulatedEvent } from '../simulated-pipeline.ts';
import type { Mutant } from './mutant.ts';
import { writingHeads } from './seen-heads.ts';

/** Takes whatever it was asked for as seen from then on. */
class MarkingTable extends IdTable {
  override get(high: number, low: number): number {
    const second = super.get(high, low);
    if (second === 0) this.set(high, low, 2 ** 32 - 1);
    return second;
  }
}

class MarkingIds extends KnownIds {
  override readonly table = new MarkingTable();
}

class MarkingCache extends WarmCache {
  override knownIds(shard: ShardKey): KnownIds {
    const known = super.knownIds(shard);
    if (known instanceof MarkingIds) return known;
    const marking = new MarkingIds();
    this.keepKnownIds(shard, marking);
    return marking;
  }
}

/** An environment whose heads name other ids than it means to. */
function namingIds(
  parts: EnvironmentParts,
  change: (seen: NonNullable<Head['seen']>) => NonNullable<Head['seen']>,
): EnvironmentParts {
  return writingHeads(parts, (head) => (head.seen === null ? head : { ...head, seen: change(head.seen) }));
}

/** Whether an event is one that the definition lets through, and that is rejected all the same. */
function isBad({ g, t, v, w, throws }: Partial<SimulatedEvent>): boolean {
  const isGroup = typeof g === 'string' && g.length <= 1024;
  const isNumber = (value: unknown) => typeof value === 'number' && Math.abs(value) <= 1e100;
  const isTime = typeof t === 'number' && t < 2e12;
  return (
    !isGroup ||
    !isTime ||
    !isNumber(v) ||
    !(w === undefined || w === null || isNumber(w)) ||
    throws !== undefined
  );
}

/** Ids of events that are in memory, in the table or in a head at another time than they should be, or not at all. */
export const DUPLICATE_MUTANTS: readonly Mutant[] = [
  {
    name: 'ids-marked-before-the-commit',
    breaks: 'an id is seen when the commit of its event is stored, and not before',
    environment: (parts) => ({ ...parts, cache: new MarkingCache() }),
  },
  {
    name: 'ids-kept-after-failed-reply',
    breaks: 'ids are in memory when the head that names them is known to be stored',
    environment: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeHead: (shard, head) => {
          const known = parts.cache.knownIds(shard);
          known.add(IdList.decode(head.seen?.recent ?? NO_IDS));
          parts.cache.keepKnownIds(shard, known);
          return parts.table.writeHead(shard, head);
        },
      },
    }),
  },
  {
    name: 'children-forget-what-was-seen',
    breaks: 'a shard begins with what its parents have seen',
    environment: (parts) => ({ ...parts, lineage: { parentsOf: () => Promise.resolve([]) } }),
  },
  {
    name: 'children-ask-their-parents-only',
    breaks: 'where a parent has seen nothing, those before it are asked',
    environment: (parts) => {
      let last: readonly ShardKey[] = [];
      return {
        ...parts,
        lineage: {
          parentsOf: async (shard) => {
            if (last.some((parent) => isSameShard(parent, shard))) return [];
            last = (await parts.lineage.parentsOf(shard)) ?? [];
            return last;
          },
        },
      };
    },
  },
  {
    name: 'segments-dropped-too-early',
    breaks: 'a segment is named until the horizon of its last id has passed',
    environment: (parts) => namingIds(parts, (seen) => ({ ...seen, segments: seen.segments.slice(1) })),
  },
  {
    name: 'ids-in-the-head-dropped',
    breaks: 'ids that no segment has stay in the head',
    environment: (parts) => namingIds(parts, (seen) => ({ ...seen, recent: NO_IDS })),
  },
  {
    name: 'segments-written-after-the-head',
    breaks: 'a segment is there when a head names it',
    environment: (parts) => {
      const late: (() => Promise<void>)[] = [];
      return {
        ...parts,
        table: {
          ...parts.table,
          writeSegment: (...segment) => {
            late.push(() => parts.table.writeSegment(...segment));
            return Promise.resolve();
          },
          writeHead: async (shard, head) => {
            const outcome = await parts.table.writeHead(shard, head);
            for (const write of late.splice(0)) await write();
            return outcome;
          },
        },
      };
    },
  },
  {
    name: 'names-of-segments-given-twice',
    breaks: 'a segment has a name that none ever had',
    environment: (parts) => {
      let names = 0;
      return { ...parts, newName: () => `segment of nobody ${++names}` };
    },
  },
  {
    name: 'rejected-ids-not-seen',
    breaks: 'the id of an event that is rejected is seen too',
    environment: (parts) => {
      const { duplicates } = parts.pipeline;
      const own = duplicates?.eventId as ((event: SimulatedEvent) => string) | undefined;
      if (duplicates === undefined || own === undefined) return parts;
      let bad = 0;
      const eventId = (event: SimulatedEvent) => (isBad(event) ? `bad ${++bad}` : own(event));
      return { ...parts, pipeline: { ...parts.pipeline, duplicates: { ...duplicates, eventId } } };
    },
  },
];
