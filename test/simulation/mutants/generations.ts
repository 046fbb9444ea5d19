import type { Table } from '#app/ports/table.ts';
import type { Registry } from '#core/protocol/registry.ts';
import type { MemoryTable } from '../memory-table.ts';
import type { Mutant } from './mutant.ts';
import { writingHeads } from './seen-heads.ts';

/** Deployments that lose what another version counted, or take it for their own. */
export const GENERATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'reader-ignores-other-generations',
    breaks: 'what the other definitions of an aggregate have counted is part of the answer',
    readerTable: (table) => ({
      ...table,
      readRegistry: async () => {
        const registry = await table.readRegistry();
        return registry && { ...registry, definitions: [] };
      },
    }),
  },
  {
    name: 'delta-takes-other-generation',
    breaks: 'a delta that is carried on stays of the generation by which it was counted',
    environment: (parts) =>
      writingHeads(parts, (head) => ({
        ...head,
        pending: head.pending.map((delta) => {
          const own = parts.pipeline.aggregates.find(({ name }) => name === delta.key.aggregate);
          const generation = own?.generation ?? delta.key.generation;
          return { ...delta, key: { ...delta.key, generation } };
        }),
      })),
  },
  {
    name: 'head-forgets-other-generations',
    breaks: 'a head carries on what an aggregate that its writer does not have has pending',
    environment: (parts) =>
      writingHeads(parts, (head) => ({
        ...head,
        pending: head.pending.filter(({ key }) =>
          parts.pipeline.aggregates.some(
            ({ generation, name }) => name === key.aggregate && generation === key.generation,
          ),
        ),
      })),
  },
  {
    name: 'close-forgets-older-definitions',
    breaks: 'a definition stays written down when another takes its place',
    close: (parts) => ({
      ...parts,
      table: withRegistry(parts.table, (registry) => ({
        ...registry,
        definitions: registry.definitions.filter(
          ({ aggregate }, i, all) => !all.slice(i + 1).some((newer) => newer.aggregate === aggregate),
        ),
      })),
    }),
  },
  {
    name: 'close-adopts-without-finals',
    breaks: 'a definition is written down when the windows that are final have finals of it',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        writeFinal: async (final, keepMs) =>
          isKnown(memory, final.key) ? parts.table.writeFinal(final, keepMs) : 'written',
      },
    }),
  },
  {
    name: 'close-leaves-other-generations-open',
    breaks: 'windows of all definitions that are written down are made final together',
    close: (parts, memory) => ({
      ...parts,
      table: {
        ...parts.table,
        async *readBlocks(shard, aggregate, range) {
          const last = memory.registry?.definitions.findLast((known) => known.aggregate === aggregate.name);
          if (last === undefined || last.generation === aggregate.generation)
            yield* parts.table.readBlocks(shard, aggregate, range);
        },
      },
    }),
  },
];

function withRegistry(table: Table, change: (registry: Registry) => Registry): Table {
  return { ...table, writeRegistry: (registry) => table.writeRegistry(change(registry)) };
}

function isKnown(
  memory: MemoryTable,
  key: { readonly aggregate: string; readonly generation: string },
): boolean {
  const definitions = memory.registry?.definitions ?? [];
  return (
    definitions.length === 0 ||
    definitions.some(
      ({ aggregate, generation }) => aggregate === key.aggregate && generation === key.generation,
    )
  );
}
