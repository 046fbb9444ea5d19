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
}

/** Few enough for a record of some 25 KB, and some records even when there is little: for every shard. */
const EVENTS_A_RECORD = 400;
const RECORDS_MIN = 6;
/** One record in so many comes from a producer that does not pack. */
const UNPACKED_EVERY = 8;

const encoder = new TextEncoder();
const tools = {
  gzip: (bytes: Uint8Array) => gzipSync(bytes, { level: 1 }),
  utf8: (text: string) => encoder.encode(text),
};

/** Spreads events over records, packed or as lines of JSON; bad ones are lines, one of them here and there. */
export function toRecords(
  random: () => number,
  orders: readonly Order[],
  bad: readonly string[],
  unpacked: boolean,
): MadeRecord[] {
  const newRecord = (data: Uint8Array, events: number, isValid: boolean) => ({
    ...{ data, events, isValid, partitionKey: String(Math.floor(random() * 1e9)) },
  });
  const lines = (texts: readonly string[], isValid = true) =>
    newRecord(encoder.encode(texts.join('\n')), texts.length, isValid);
  if (unpacked) {
    return [
      ...orders.map((order) => lines([JSON.stringify(order)])),
      ...bad.map((text) => lines([text], false)),
    ];
  }
  const count = Math.max(RECORDS_MIN, Math.ceil(orders.length / EVENTS_A_RECORD));
  const records: MadeRecord[] = [];
  for (let i = 0; i < count; i++) {
    const part = orders.filter((_, place) => place % count === i);
    if (part.length === 0) continue;
    records.push(
      i % UNPACKED_EVERY === UNPACKED_EVERY - 3
        ? lines(part.map((order) => JSON.stringify(order)))
        : newRecord(encodePackedColumns(part.map(packable), tools), part.length, true),
    );
  }
  if (bad.length > 0) records.push(lines(bad, false));
  return records;
}

function packable(order: Order): PackableEvent {
  return toPackableEvent(order) ?? orFail();
}

function orFail(): never {
  throw new TypeError('an order can be packed');
}
