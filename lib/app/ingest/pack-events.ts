import type { PackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns, type PackTools } from '#core/records/packed-columns.ts';
import { OpenRecord, type PackedRecord } from '../produce/pack-records.ts';
import { encodeLines, prepareEvent } from '../produce/prepare-event.ts';
import { PARTITION_KEY_BYTES, type ProducerLimits } from '../produce/producer-limits.ts';

/** An event of a request: its place there, and its value. */
export interface PlacedEvent {
  readonly index: number;
  readonly value: unknown;
}

/** The data of a record, and which events are in it. */
export interface PlacedRecord {
  readonly data: Uint8Array;
  readonly indices: readonly number[];
}

/** An event that no record can take. */
export interface OversizeEvent {
  readonly index: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** Packs events as the producer does, and keeps account of where each is; each is in exactly one record or oversize. */
export function packEvents(
  events: readonly PlacedEvent[],
  tools: PackTools,
  limits: ProducerLimits,
): { readonly records: readonly PlacedRecord[]; readonly oversize: readonly OversizeEvent[] } {
  const columns = new PlacedItems<PackableEvent>((items) => encodePackedColumns(items, tools), limits);
  const lines = new PlacedItems<string>((items) => encodeLines(items, tools), limits);
  const records: PlacedRecord[] = [];
  const oversize: OversizeEvent[] = [];
  for (const { index, value } of events) {
    const prepared = prepareEvent(value, tools, limits);
    switch (prepared.kind) {
      case 'columns':
        records.push(...columns.add(index, prepared.event, prepared.bytes));
        break;
      case 'line':
        records.push(...lines.add(index, prepared.json, prepared.bytes));
        break;
      case 'record':
        records.push({ data: prepared.data, indices: [index] });
        break;
      case 'oversize':
        oversize.push({ index, bytes: prepared.bytes, bytesMax: prepared.bytesMax });
        break;
    }
  }
  records.push(...columns.seal(), ...lines.seal());
  return { records, oversize };
}

/** Items on their way into records of one format, which keep their order. */
class PlacedItems<Item> {
  readonly #open: OpenRecord<Item>;
  readonly #indices: number[] = [];

  constructor(encode: (items: readonly Item[]) => Uint8Array, limits: ProducerLimits) {
    const pack = {
      recordBytesTarget: limits.recordBytesTarget - PARTITION_KEY_BYTES,
      eventsMax: limits.eventsPerRecordMax,
      // A request is bounded; nothing is gathered beyond it.
      jsonBytesMax: Infinity,
    };
    this.#open = new OpenRecord(encode, pack, () => 0);
  }

  add(index: number, item: Item, bytes: number): PlacedRecord[] {
    // Before: the record that comes back may have this item in it.
    this.#indices.push(index);
    return this.#place(this.#open.add(item, bytes));
  }

  seal(): PlacedRecord[] {
    return this.#place(this.#open.seal());
  }

  #place(packed: readonly PackedRecord[]): PlacedRecord[] {
    return packed.map(({ data, events }) => ({ data, indices: this.#indices.splice(0, events) }));
  }
}
