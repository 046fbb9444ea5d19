import type { EpochMs } from '#core/brand.ts';
import { countedEvents, type Position } from '#core/protocol/position.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { DecodedEvent, RecordTools } from '#core/records/decoded-event.ts';
import type { ShardHashKeys } from '#core/records/hash-keys.ts';
import { isByKpl } from '#core/records/kpl-copies.ts';
import type { StreamRecord } from '#core/records/stream-record.ts';

/** One event of a batch, and where it stands. */
export interface PlacedEvent {
  readonly record: StreamRecord;
  /** Place in the record. */
  readonly index: number;
  /** Whether it is the record's last. */
  readonly isLast: boolean;
  readonly decoded: DecodedEvent;
}

/** The position that is reached by counting an event. */
export function positionAfter({ record, index, isLast }: PlacedEvent): Position {
  return { sequence: record.sequence, events: isLast ? null : index + 1 };
}

/**
 * The events of a batch beyond a position, in order. Records are decoded one at a time, and the last one is kept, so
 * that a commit in the middle of a record does not decode it twice.
 */
export class RecordCursor {
  /** Those of the shard, where copies are to be told; before anything is decoded. */
  hashKeys: ShardHashKeys | undefined;
  readonly #records: readonly StreamRecord[];
  readonly #tools: RecordTools;
  #decoded: { readonly record: StreamRecord; readonly events: readonly DecodedEvent[] } | undefined;

  constructor(records: readonly StreamRecord[], tools: RecordTools) {
    this.#records = records;
    this.#tools = tools;
  }

  /** The first record that is not counted whole at `position`. */
  firstUncounted(position: Position): StreamRecord | undefined {
    return this.#records.find((record) => countedEvents(position, record.sequence) !== null);
  }

  /** When the first event beyond a position arrived. */
  nextArrival(position: Position): EpochMs {
    return this.firstUncounted(position)?.arrival ?? (0 as EpochMs);
  }

  *eventsBeyond(position: Position): Generator<PlacedEvent> {
    for (const record of this.#records) {
      const counted = countedEvents(position, record.sequence);
      if (counted === null) continue;
      const events = this.decode(record);
      for (let index = counted; index < events.length; index++) {
        const decoded = events[index];
        if (decoded === undefined) break;
        yield { record, index, isLast: index === events.length - 1, decoded };
      }
    }
  }

  isDecoded(record: StreamRecord): boolean {
    return this.#decoded?.record === record;
  }

  decode(record: StreamRecord): readonly DecodedEvent[] {
    if (this.#decoded?.record !== record) {
      const hashKeys = isByKpl(record) ? this.hashKeys : undefined;
      this.#decoded = { record, events: decodeRecord(record.data, this.#tools, hashKeys) };
    }
    return this.#decoded.events;
  }
}
