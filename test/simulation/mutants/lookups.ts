import { DependencyError } from '#app/ports/dependency-error.ts';
import type { ReferenceData } from '#app/ports/reference-data.ts';
import { decodeGroups, encodeGroups } from '#core/block-codec.ts';
import type { ReferenceEntry } from '#core/enrich/looked-up.ts';
import { groupKeyOf, groupValuesOf } from '#core/group-key.ts';
import type { EnvironmentParts } from '../environment.ts';
import type { MemoryTable } from '../memory-table.ts';
import { storedCompression } from '../stored-compression.ts';
import type { Mutant } from './mutant.ts';

/** What entries had once, and have now; of the seed that is run. */
const renamed = new WeakMap<MemoryTable, { last: Map<string, unknown>; now: Map<unknown, unknown> }>();

/** Events that count by something else than what the reference table had when they were counted. */
export const LOOKUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'lookup-kept-for-good',
    breaks: 'an entry is read again when it is older than the ttl',
    environment: (parts) => {
      const kept = new Map<string, ReferenceEntry | undefined>();
      return withReference(parts, (data) => async (source, keys) => {
        const unknown = keys.filter((key) => !kept.has(key));
        const entries = unknown.length === 0 ? undefined : await data.get(source, unknown);
        for (const key of unknown) kept.set(key, entries?.get(key));
        return entriesOf(keys, (key) => kept.get(key));
      });
    },
  },
  {
    name: 'lookup-failure-kept-for-good',
    breaks: 'that the table could not be read says nothing of its entries, and is forgotten',
    environment: (parts) => {
      const failed = new Set<string>();
      return withReference(parts, (data) => async (source, keys) => {
        const asked = keys.filter((key) => !failed.has(key));
        try {
          return asked.length === 0 ? new Map() : await data.get(source, asked);
        } catch (error) {
          for (const key of asked) failed.add(key);
          throw error;
        }
      });
    },
  },
  {
    name: 'lookup-failure-is-no-entry',
    breaks: 'a table that is down is another thing than a key without an entry',
    environment: (parts) =>
      withReference(
        parts,
        (data) => (source, keys) =>
          data.get(source, keys).catch((error: unknown) => {
            if (error instanceof DependencyError) return new Map();
            throw error;
          }),
      ),
  },
  {
    name: 'lookup-of-first-key-for-all',
    breaks: 'each key gets its own entry',
    environment: (parts) =>
      withReference(parts, (data) => async (source, keys) => {
        const entries = await data.get(source, keys);
        return entriesOf(keys, (key) => entries.get(key) && entries.get(keys[0] ?? key));
      }),
  },
  {
    name: 'lookup-again-when-folded',
    breaks: 'what is committed stays, also if the reference table is changed later',
    environment: (parts, memory) => {
      const names = renamed.get(memory) ?? {
        last: new Map<string, unknown>(),
        now: new Map<unknown, unknown>(),
      };
      renamed.set(memory, names);
      const { table } = parts;
      const noting = withReference(parts, (data) => async (source, keys) => {
        const entries = await data.get(source, keys);
        for (const [key, { kind }] of entries) {
          const last = names.last.get(key);
          if (last !== undefined && last !== kind) names.now.set(last, kind);
          names.last.set(key, kind);
        }
        return entries;
      });
      return {
        ...noting,
        table: {
          ...table,
          writeBlock: (shard, block, expectedN, keepMs) => {
            const { aggregate } = block.key;
            const bytes = aggregate === 'kinds' ? withKinds(block.bytes, names.now) : block.bytes;
            return table.writeBlock(shard, { ...block, bytes }, expectedN, keepMs);
          },
        },
      };
    },
  },
];

function withReference(
  parts: EnvironmentParts,
  change: (data: ReferenceData) => ReferenceData['get'],
): EnvironmentParts {
  const { reference } = parts;
  return reference === undefined ? parts : { ...parts, reference: { get: change(reference) } };
}

function entriesOf(keys: readonly string[], entryOf: (key: string) => ReferenceEntry | undefined) {
  const entries = new Map<string, ReferenceEntry>();
  for (const key of keys) {
    const entry = entryOf(key);
    if (entry !== undefined) entries.set(key, entry);
  }
  return entries;
}

/** Groups of `kinds` as they are stored, under the kinds that entries have now. */
function withKinds(bytes: Uint8Array, now: ReadonlyMap<unknown, unknown>): Uint8Array {
  const stored = decodeGroups(bytes, storedCompression);
  const table = stored.emptyLike();
  table.mergeFrom(stored, (key) => {
    const [kind, ...others] = groupValuesOf(key, 3);
    return groupKeyOf([now.get(kind) ?? kind, ...others]) ?? key;
  });
  return encodeGroups(table, storedCompression);
}
