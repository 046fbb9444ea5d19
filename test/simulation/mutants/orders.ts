import type { DeadLetter } from '#app/ports/dead-letters.ts';
import type { Mutant } from './mutant.ts';

/** Things done in another order than they must be. */
export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'commit-before-dead-letters',
    breaks: 'rejected events are kept before the commit that counts them',
    environment: (parts) => {
      let waiting: readonly DeadLetter[] = [];
      return {
        ...parts,
        deadLetters: {
          send: async (letters) => {
            waiting = letters;
          },
        },
        table: {
          ...parts.table,
          writeHead: async (shard, head) => {
            const outcome = await parts.table.writeHead(shard, head);
            if (outcome === 'written' && waiting.length > 0) await parts.deadLetters.send(waiting);
            waiting = [];
            return outcome;
          },
        },
      };
    },
  },
  {
    name: 'dead-letter-failure-ignored',
    breaks: 'what the queue did not take is not counted',
    environment: (parts) => ({
      ...parts,
      deadLetters: { send: (letters) => parts.deadLetters.send(letters).catch(() => {}) },
    }),
  },
  {
    name: 'register-after-head',
    breaks: 'a shard is registered before its first head is written',
    environment: (parts) => {
      let register: (() => Promise<unknown>) | undefined;
      return {
        ...parts,
        table: {
          ...parts.table,
          writeRegistry: async (registry) => {
            register = () => parts.table.writeRegistry(registry);
            return 'written';
          },
          writeHead: async (shard, head) => {
            const outcome = await parts.table.writeHead(shard, head);
            await register?.();
            register = undefined;
            return outcome;
          },
        },
      };
    },
  },
  {
    name: 'child-before-parent',
    breaks: "a shard is read when its parents' records are done",
    ignoresParents: true,
  },
];
