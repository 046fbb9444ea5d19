import { decodeLines } from './decode-lines.ts';
import type { DecodedEvent, RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';
import { nestsDeeperThan } from './nesting.ts';
import { whereJsonFailed } from './parse-json.ts';
import { rejectedEvent } from './rejected-event.ts';
import { skipWhiteSpace } from './white-space.ts';

/**
 * The events of JSON text: an object, lines or an array. `record` is what `plain` was decompressed from: the payload
 * to keep where `plain` is no text.
 */
export function decodeText(plain: Uint8Array, record: Uint8Array, tools: RecordTools): DecodedEvent[] {
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

/** UTF-16 is what people send by mistake: naming it saves a search. */
function describeForeign([first, second]: Uint8Array): string {
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const found = isUtf16 ? 'UTF-16, which is not read' : 'bytes that are no UTF-8';
  return `${found}: send JSON in UTF-8, plain or compressed`;
}
