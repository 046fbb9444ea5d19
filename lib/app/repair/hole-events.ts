import type { Hole, HoleContent, Mark } from '#core/degradation/hole.ts';
import { KEPT } from '#core/degradation/hole.ts';
import { countedEvents, type Position } from '#core/protocol/position.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';
import type { PlacedEvent } from '../aggregate/record-cursor.ts';
import type { StoredRecords } from '../ports/stored-records.ts';

/** An event of which something was left out; without `placed`, it can't be found any more. */
export interface MarkedEvent {
  readonly mark: Mark;
  readonly placed: PlacedEvent | undefined;
}

/** A record of a hole, not looked into yet; without `record`, what can't be found any more. */
export interface HoleRecord {
  readonly record: StreamRecord | undefined;
  /** What is to be done about its events; the first one's is that of event `skipped` of the record. */
  readonly marks: readonly Mark[];
  readonly skipped: number;
  /** Whether the record's last event is among them. */
  readonly isWhole: boolean;
}

/**
 * The records that a hole names and of which something was left out and is not repaired yet, from the stream. They are
 * told by their place behind the first one, so all of them must be there: where the first is gone, or others have left
 * the stream while it was read, nothing of the hole can be told any more, not even how much of it was repaired already.
 */
export async function* holeRecords(
  records: StoredRecords,
  shard: ShardKey,
  hole: Hole,
  { marks, recordEvents }: HoleContent,
  repaired: Position,
): AsyncGenerator<HoleRecord> {
  const found = await findRecords(records, shard, hole, recordEvents.length);
  let event = 0;
  for (const [index, record] of found.entries()) {
    const count = recordEvents[index] ?? 0;
    const skipped = index === 0 ? hole.first.event : 0;
    const isWhole = index < recordEvents.length - 1 || hole.last.events === null;
    const done = countedEvents(repaired, record.sequence) ?? Number.POSITIVE_INFINITY;
    const own = marks.slice(event, event + count).map((mark, i) => (skipped + i < done ? KEPT : mark));
    event += count;
    if (own.some((mark) => mark !== KEPT)) yield { record, marks: own, skipped, isWhole };
  }
  const gone = marks.slice(event).filter((mark) => mark !== KEPT);
  if (gone.length > 0) yield { record: undefined, marks: gone, skipped: 0, isWhole: true };
}

/** All records of a hole, which are no more than one batch had; none where one of them is gone. */
async function findRecords(
  records: StoredRecords,
  shard: ShardKey,
  { first, last }: Hole,
  count: number,
): Promise<readonly StreamRecord[]> {
  const found: StreamRecord[] = [];
  if (count === 0) return found;
  for await (const record of records.recordsFrom(shard, first.sequence)) {
    if (found.length === 0 && record.sequence !== first.sequence) return [];
    found.push(record);
    if (found.length === count) break;
  }
  // They are read in their order: as many as there were, from the first to the last one, are the same ones.
  return found.length === count && found.at(-1)?.sequence === last.sequence ? found : [];
}

/**
 * The events of which something was left out. A record that this code takes apart into other events than the code that
 * left some of them out can't be trusted: those are lost.
 */
export function markedEvents(
  { isWhole, marks, record, skipped }: HoleRecord,
  tools: RecordTools,
): MarkedEvent[] {
  const events = record === undefined ? [] : decodeRecord(record.data, tools);
  const end = skipped + marks.length;
  const isSame = isWhole ? events.length === end : events.length > end;
  return marks.flatMap((mark, i): MarkedEvent[] => {
    if (mark === KEPT) return [];
    const index = skipped + i;
    const decoded = isSame ? events[index] : undefined;
    if (record === undefined || decoded === undefined) return [{ mark, placed: undefined }];
    return [{ mark, placed: { record, index, isLast: index === events.length - 1, decoded } }];
  });
}
