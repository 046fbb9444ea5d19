import { RECORD_LIMITS } from '#core/records/limits.ts';
import { toLosslessJson } from '#core/records/lossless-json.ts';
import { type PackableEvent, toPackableEvent } from '#core/records/packable-event.ts';
import type { PackTools } from '#core/records/packed-columns.ts';
import { utf8BytesMax } from '#core/records/utf8-size.ts';
import { PARTITION_KEY_BYTES, type ProducerLimits } from './producer-limits.ts';

/** An event as it goes on its way; `bytes` is what it takes in the buffer. */
export type PreparedEvent =
  | { readonly kind: 'columns'; readonly event: PackableEvent; readonly bytes: number }
  /** A line of JSON, or of what is almost JSON: the handler rejects it and keeps it, where anybody can see it. */
  | { readonly kind: 'line'; readonly json: string; readonly bytes: number }
  /** A record by itself. */
  | { readonly kind: 'record'; readonly data: Uint8Array; readonly bytes: number }
  /** Too much for any record. */
  | {
      readonly kind: 'oversize';
      readonly payload: string | Uint8Array;
      readonly bytes: number;
      readonly bytesMax: number;
    };

/** From this part of a record's greatest size on, an event is packed alone, at once: only such a one may be too large. */
const ALONE = 1 / 4;

/**
 * Copies an event into the form that it is sent in. Throws `RangeError` where it nests too deeply or in circles:
 * it has no JSON.
 */
export function prepareEvent(event: unknown, tools: PackTools, limits: ProducerLimits): PreparedEvent {
  const aloneBytes = limits.recordBytesMax * ALONE;
  const packable = toPackableEvent(event);
  if (packable !== undefined && packable.jsonBytesMax < aloneBytes) {
    return { kind: 'columns', event: packable, bytes: packable.jsonBytesMax };
  }
  const json = toLosslessJson(packable?.fields ?? event);
  // A record that starts with a bracket is an array of events: one that is an array itself needs another around it.
  if (json.startsWith('[')) return prepareAlone(`[${json}]`, tools, limits);
  const bytes = utf8BytesMax(json);
  return bytes < aloneBytes ? { kind: 'line', json, bytes } : prepareAlone(json, tools, limits);
}

function prepareAlone(json: string, tools: PackTools, limits: ProducerLimits): PreparedEvent {
  const text = tools.utf8(json);
  if (text.length > RECORD_LIMITS.decompressedBytesMax) {
    return {
      kind: 'oversize',
      payload: json,
      bytes: text.length,
      bytesMax: RECORD_LIMITS.decompressedBytesMax,
    };
  }
  const prepared = prepareRaw(tools.gzip(text), limits);
  return prepared.kind === 'oversize' ? { ...prepared, payload: json } : prepared;
}

/** Bytes that are a record by themselves, as they are. */
export function prepareRaw(data: Uint8Array, limits: ProducerLimits): PreparedEvent {
  const bytes = data.length + PARTITION_KEY_BYTES;
  if (bytes > limits.recordBytesMax) {
    return { kind: 'oversize', payload: data, bytes, bytesMax: limits.recordBytesMax };
  }
  return { kind: 'record', data, bytes };
}

/** One record of all lines, which are no arrays. */
export function encodeLines(lines: readonly string[], tools: PackTools): Uint8Array {
  return tools.gzip(tools.utf8(lines.join('\n')));
}
