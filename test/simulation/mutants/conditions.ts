import { DependencyError } from '#app/ports/dependency-error.ts';
import type { Mutant } from './mutant.ts';

/** Writes without their condition, or without a look at what became of it. */
export const CONDITION_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-fence',
    breaks: 'a block is written on the condition that its n is still what was read',
    conditions: { blocks: false },
  },
  {
    name: 'no-commit-condition',
    breaks: 'a head is written on the condition that its rev is still what was read',
    conditions: { heads: false },
  },
  {
    name: 'no-registry-condition',
    breaks: 'the registry is written on the condition that its version is still what was read',
    conditions: { registry: false },
  },
  {
    name: 'conflict-taken-for-success',
    breaks: 'a commit whose condition fails counts nothing',
    environment: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeHead: async (shard, head) => {
          await parts.table.writeHead(shard, head);
          return 'written';
        },
      },
    }),
  },
  {
    name: 'failed-commit-taken-for-success',
    breaks: 'a commit of which nothing is heard is not taken for done',
    environment: (parts) => ({
      ...parts,
      table: {
        ...parts.table,
        writeHead: async (shard, head) => {
          try {
            return await parts.table.writeHead(shard, head);
          } catch (error) {
            if (error instanceof DependencyError) return 'written';
            throw error;
          }
        },
      },
    }),
  },
];
