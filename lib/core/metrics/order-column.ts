import type { EpochMs, SequenceNumber, ShardId } from '#core/brand.ts';
import type { ByteReader } from '#core/bytes/byte-reader.ts';
import type { ByteWriter } from '#core/bytes/byte-writer.ts';
import { readSortedTexts, writeSortedTexts } from '#core/bytes/front-coding.ts';
import type { EventOrder } from './event-order.ts';

const SEPARATOR = '\u001f';
const SEQUENCE = /^\d{0,129}$/;
/** The places' length in full, all together, since front coding can inflate it. */
const PLACE_UNITS_MAX = 16 * 1024 * 1024;

/**
 * Writes events' orders: the least time, and each one's distance to it; the records' places once each, front-coded,
 * since most groups of a batch share few records; which of them each event is from, and its index in it.
 */
export function writeOrders(out: ByteWriter, orders: readonly EventOrder[]): void {
  if (orders.length === 0) return;
  let base = Number.POSITIVE_INFINITY;
  for (const { time } of orders) if (time < base) base = time;
  out.zigzag(base);
  for (const { time } of orders) out.varint(time - base);
  const places = [...new Set(orders.map(placeText))].sort();
  const numbers = new Map(places.map((place, number) => [place, number]));
  writeSortedTexts(out, places, PLACE_UNITS_MAX);
  for (const order of orders) out.varint(numbers.get(placeText(order)) ?? 0);
  for (const { index } of orders) out.varint(index);
}

/** Reads what `writeOrders` wrote for this many events. */
export function readOrders(input: ByteReader, count: number): EventOrder[] {
  if (count === 0) return [];
  const base = input.zigzag('the least time of events');
  const times = readEach(count, () => {
    const time = base + input.varint('the time of an event');
    if (!Number.isSafeInteger(time)) throw input.corrupt('the time of an event', 'a number beyond 2^53 - 1');
    return time;
  });
  const places = readSortedTexts(input, PLACE_UNITS_MAX, 'places').map((text) => placeOf(text, input));
  const numbers = readEach(count, () => input.varint('the number of a place'));
  const indexes = readEach(count, () => input.varint("an event's index"));
  return times.map((time, at) => {
    const place = places[numbers[at] ?? 0];
    if (place === undefined) throw input.corrupt(`one of ${places.length} places`, `number ${numbers[at]}`);
    return { time: time as EpochMs, ...place, index: indexes[at] ?? 0 };
  });
}

function readEach(count: number, read: () => number): number[] {
  const numbers: number[] = [];
  while (numbers.length < count) numbers.push(read());
  return numbers;
}

function placeText({ shard, sequence }: EventOrder): string {
  return shard + SEPARATOR + sequence;
}

function placeOf(text: string, input: ByteReader): Pick<EventOrder, 'shard' | 'sequence'> {
  const at = text.lastIndexOf(SEPARATOR);
  const sequence = text.slice(at + 1);
  if (at < 0 || !SEQUENCE.test(sequence))
    throw input.corrupt('a shard and a sequence number', 'something else');
  return { shard: text.slice(0, at) as ShardId, sequence: sequence as SequenceNumber };
}
