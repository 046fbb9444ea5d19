import type { Hole, HoleContent, Mark } from '#core/degradation/hole.ts';
import { KEPT } from '#core/degradation/hole.ts';
import { compareSequence } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { PlacedEvent } from '../aggregate/record-cursor.ts';
import type { StoredRecords } from '../ports/stored-records.ts';

/** An event of which something was left out; without `placed`, it can't be found any more. */
export interface MarkedEvent {
  readonly mark: Mark;
  readonly placed: PlacedEvent | undefined;
}

/**
 * The events that a hole names, from the stream. Records are told by their place behind the first one: where that is
 * gone, all of the hole is. A record that this code takes apart into other events than the code that left some of them
 * out can't be trusted: those are lost.
 */
export async function* holeEvents(
  records: StoredRecords,
  tools: RecordTools,
  shard: ShardKey,
  { first, last }: Hole,
  { marks, recordEvents }: HoleContent,
): AsyncGenerator<MarkedEvent> {
  let record = 0;
  let event = 0;
  if (recordEvents.length > 0) {
    for await (const stored of records.recordsFrom(shard, first.sequence)) {
      if (record === 0 && stored.sequence !== first.sequence) break;
      if (compareSequence(stored.sequence, last.sequence) > 0) break;
      const count = recordEvents[record] ?? 0;
      const skipped = record === 0 ? first.event : 0;
      const isWhole = record < recordEvents.length - 1 || last.events === null;
      const own = marks.slice(event, event + count);
      record += 1;
      event += count;
      if (own.some((mark) => mark !== KEPT)) {
        const events = decodeRecord(stored.data, tools);
        const isSame = isWhole ? events.length === skipped + count : events.length > skipped + count;
        for (const [i, mark] of own.entries()) {
          if (mark === KEPT) continue;
          const index = skipped + i;
          const decoded = isSame ? events[index] : undefined;
          const isLast = index === events.length - 1;
          yield { mark, placed: decoded && { record: stored, index, isLast, decoded } };
        }
      }
      if (record === recordEvents.length) break;
    }
  }
  for (const mark of marks.slice(event)) if (mark !== KEPT) yield { mark, placed: undefined };
}
