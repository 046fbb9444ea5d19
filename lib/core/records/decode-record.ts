import { decodeLines } from './decode-lines.ts';
import type { DecodedEvent, RecordTools } from './decoded-event.ts';
import { decompressRecord, startsLikeGzip } from './decompress-record.ts';
import { RECORD_LIMITS } from './limits.ts';
import { nestsDeeperThan } from './nesting.ts';
import { startsLikePackedColumns } from './packed-columns.ts';
import { whereJsonFailed } from './parse-json.ts';
import { rejectedEvent } from './rejected-event.ts';
import { decodePackedColumns } from './unpack-columns.ts';
import { skipWhiteSpace } from './white-space.ts';

/** Formats that people may send and that are not read: naming them saves a search. None of them is UTF-8. */
const KNOWN_STARTS: readonly { readonly name: string; readonly bytes: readonly number[] }[] = [
  { name: 'a KPL-aggregated record', bytes: [0xf3, 0x89, 0x9a, 0xc2] },
  { name: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'UTF-16', bytes: [0xff, 0xfe] },
  { name: 'UTF-16', bytes: [0xfe, 0xff] },
];

/**
 * The events of a Kinesis record, in order; always at least one. The format is told by the first bytes: packed
 * columns, a JSON object, newline-delimited JSON, a JSON array, or gzip of one of the last three.
 *
 * Never throws, and depends on the bytes alone: an event's place in the result is part of its position, so the same
 * record must always give the same events. What can't be read becomes a rejected event in its place; where no single
 * event can be told apart, the whole record is one. A text that parses is not yet an event: elements of an array and
 * lines may be any JSON value, for the pipeline's schema to judge.
 */
export function decodeRecord(bytes: Uint8Array, tools: RecordTools): DecodedEvent[] {
  if (startsLikePackedColumns(bytes)) return decodePackedColumns(bytes, tools);
  if (!startsLikeGzip(bytes)) return decodePlain(bytes, bytes, tools);
  const plain = decompressRecord(bytes, tools);
  if (!(plain instanceof Uint8Array)) return [rejectedEvent(plain.reason, plain.detail, bytes)];
  if (startsLikeGzip(plain) || startsLikePackedColumns(plain)) {
    return [rejectedEvent('bad_compression', 'compressed twice: send the inner bytes as they are', bytes)];
  }
  return decodePlain(plain, bytes, tools);
}

/** `record` is what `plain` was decompressed from: the payload to keep where `plain` is no text. */
function decodePlain(plain: Uint8Array, record: Uint8Array, tools: RecordTools): DecodedEvent[] {
  if (plain.length > RECORD_LIMITS.decompressedBytesMax) {
    return [rejectedEvent('too_large', `${plain.length} bytes: put fewer events in a record`, record)];
  }
  const text = tools.text(withoutByteOrderMark(plain));
  if (text === undefined) return [rejectedEvent('not_utf8', describeForeign(plain), record)];
  const start = skipWhiteSpace(text);
  if (start === text.length) return [rejectedEvent('not_json', 'empty: the record holds no event', text)];
  return text[start] === '[' ? decodeArray(text) : decodeLines(text);
}

function decodeArray(text: string): DecodedEvent[] {
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch (error) {
    return [rejectedEvent('not_json', `expected a JSON array${whereJsonFailed(error)}`, text)];
  }
  if (!Array.isArray(items) || items.length === 0) {
    return [rejectedEvent('not_json', 'an empty array: the record holds no event', text)];
  }
  if (items.length > RECORD_LIMITS.eventsMax) {
    const detail = `${items.length} events, at most ${RECORD_LIMITS.eventsMax} are read`;
    return [rejectedEvent('too_large', detail, text)];
  }
  const tooDeep = items.findIndex((item) => nestsDeeperThan(item, RECORD_LIMITS.nestingMax));
  if (tooDeep !== -1) {
    // The whole array: one element's own text can't be told from the rest any more.
    const detail = `element ${tooDeep}: nested deeper than ${RECORD_LIMITS.nestingMax}`;
    return [rejectedEvent('too_large', detail, text)];
  }
  return items.map((value: unknown): DecodedEvent => ({ ok: true, value }));
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function describeForeign(bytes: Uint8Array): string {
  const known = KNOWN_STARTS.find((start) => start.bytes.every((byte, index) => bytes[index] === byte));
  const found = known === undefined ? 'bytes that are no UTF-8' : `${known.name}, which is not read`;
  return `${found}: send JSON in UTF-8, plain or gzip'd`;
}
