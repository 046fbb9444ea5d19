import { gzipSync } from 'node:zlib';
import { type PackableEvent, toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import type { Order } from './order.ts';

/** A record as it is put. */
export interface OutgoingRecord {
  readonly data: Uint8Array;
  readonly partitionKey: string;
}

/** A record, and how many events it carries; whether a retry of its producer would be recognized by their ids. */
export interface MadeRecord extends OutgoingRecord {
  readonly events: number;
  readonly isValid: boolean;
  /** The valid ones among them, in their order. */
  readonly orders: readonly Order[];
}

/** Some records even when there is little: for every shard. */
const RECORDS_MIN = 6;
/** One record in so many comes from a producer that does not pack. */
const UNPACKED_EVERY = 8;

const encoder = new TextEncoder();
const tools = {
  gzip: (bytes: Uint8Array) => gzipSync(bytes, { level: 1 }),
  utf8: (text: string) => encoder.encode(text),
};

/**
 * Spreads events over records, packed or as lines of JSON; bad ones are lines, one of them here and there. Without a number
 * of events that go into a record: each in one of its own, as JSON.
 */
export function toRecords(
  random: () => number,
  orders: readonly Order[],
  bad: readonly string[],
  eventsARecord: number | undefined,
): MadeRecord[] {
  const newRecord = (data: Uint8Array, events: number, of: readonly Order[]): MadeRecord => ({
    ...{ data, events, orders: of, isValid: of.length > 0 },
    partitionKey: String(Math.floor(random() * 1e9)),
  });
  const lines = (of: readonly Order[]) =>
    newRecord(encoder.encode(of.map((order) => JSON.stringify(order)).join('\n')), of.length, of);
  const rotten = (texts: readonly string[]) => newRecord(encoder.encode(texts.join('\n')), texts.length, []);
  if (eventsARecord === undefined)
    return [...orders.map((order) => lines([order])), ...bad.map((text) => rotten([text]))];
  const count = Math.max(RECORDS_MIN, Math.ceil(orders.length / eventsARecord));
  const records: MadeRecord[] = [];
  for (let i = 0; i < count; i++) {
    const part = orders.filter((_, place) => place % count === i);
    if (part.length === 0) continue;
    records.push(
      i % UNPACKED_EVERY === UNPACKED_EVERY - 3
        ? lines(part)
        : newRecord(encodePackedColumns(part.map(packable), tools), part.length, part),
    );
  }
  if (bad.length > 0) records.push(rotten(bad));
  return records;
}

function packable(order: Order): PackableEvent {
  return toPackableEvent(order) ?? orFail();
}

function orFail(): never {
  throw new TypeError('an order can be packed');
}
