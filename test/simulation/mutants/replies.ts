import type { Mutant } from './mutant.ts';

/** Replies to the mapping that say something else than what is committed. */
export const REPLY_MUTANTS: readonly Mutant[] = [
  {
    name: 'unfinished-batch-acknowledged',
    breaks: 'what is not committed is handed back',
    firstUncommitted: () => undefined,
  },
  {
    name: 'next-record-handed-back',
    breaks: 'the record that is handed back is the first that is not counted whole',
    firstUncommitted: ({ firstUncommitted }, { records }) => {
      if (firstUncommitted === undefined) return undefined;
      return records[records.findIndex(({ sequence }) => sequence === firstUncommitted) + 1]?.sequence;
    },
  },
];
