import { BEFORE_ALL } from '#core/protocol/position.ts';
import type { Mutant } from './mutant.ts';
import { seeingHeads, writingHeads } from './seen-heads.ts';

/** Positions that say something else than what was counted. */
export const POSITION_MUTANTS: readonly Mutant[] = [
  {
    name: 'counted-records-counted-again',
    breaks: "what is before the head's position is skipped when it comes again",
    environment: (parts) => seeingHeads(parts, (head) => ({ ...head, position: BEFORE_ALL })),
  },
  {
    name: 'part-of-record-forgotten',
    breaks: 'a commit in the middle of a record says how many of its events are counted',
    environment: (parts) =>
      writingHeads(parts, (head) => {
        const { sequence, events } = head.position;
        return events === null ? head : { ...head, position: { sequence, events: 0 } };
      }),
  },
  {
    name: 'part-of-record-taken-for-whole',
    breaks: 'a record is done when all of its events are counted',
    environment: (parts) =>
      writingHeads(parts, (head) => ({
        ...head,
        position: { sequence: head.position.sequence, events: null },
      })),
  },
  {
    name: 'position-kept-back',
    breaks: 'the position moves in the very write that counts the events',
    environment: (parts) =>
      writingHeads(parts, (head, last) =>
        last === undefined || last.position === head.position ? head : { ...head, position: last.position },
      ),
  },
  {
    name: 'sequence-numbers-as-doubles',
    breaks: 'sequence numbers are ordered by all of their digits',
    batch: ({ shard, records }) => ({
      shard,
      records: records.filter(
        ({ sequence }, i) => i === 0 || Number(sequence) !== Number(records[i - 1]?.sequence),
      ),
    }),
  },
  {
    name: 'shards-share-a-head',
    breaks: 'each shard has a head of its own',
    batch: ({ shard: { stream, shard }, records }) => ({
      shard: { stream, shard: shard.replace(/\d+$/, '000000000000') as typeof shard },
      records,
    }),
  },
  {
    name: 'watermark-of-the-last-batch',
    breaks: 'the watermark never goes back',
    environment: (parts) =>
      writingHeads(parts, (head, last) => {
        const starts = head.pending
          .filter((delta) => !last?.pending.includes(delta))
          .map(({ key }) => Number(key.windowStart));
        return starts.length === 0
          ? head
          : { ...head, watermark: Math.max(...starts) as typeof head.watermark };
      }),
  },
];
