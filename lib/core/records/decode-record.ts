import { canaryEvents, isCanaryRecord } from './canary-record.ts';
import { decodeText } from './decode-text.ts';
import type { DecodedEvent, RecordTools } from './decoded-event.ts';
import { compressionOf, decompressRecord } from './decompress-record.ts';
import type { ShardHashKeys } from './hash-keys.ts';
import { copiesIn } from './kpl-copies.ts';
import { readKplMessage, startsLikeKpl } from './kpl-message.ts';
import { RECORD_LIMITS } from './limits.ts';
import { startsLikePackedColumns } from './packed-columns.ts';
import { rejectedEvent } from './rejected-event.ts';
import { SharedCap } from './shared-cap.ts';
import { decodePackedColumns } from './unpack-columns.ts';

/**
 * The events of a Kinesis record, in order; always at least one. The format is told by the first bytes: packed
 * columns, a JSON object, newline-delimited JSON, a JSON array, gzip or zstd of one of the last three, or a
 * KPL-aggregated record of any number of these.
 *
 * Never throws, and depends on the bytes alone: an event's place in the result is part of its position, so the same
 * record must always give the same events. Of a record that the KPL aggregated (`isByKpl`), `hashKeys` of the shard that
 * it is in tell which of them are copies: that changes no event's place. What can't be read becomes a rejected event in
 * its place; where no single event can be told apart, the whole record is one. A text that parses is not yet an event:
 * elements of an array and lines may be any JSON value, for the pipeline's schema to judge.
 */
export function decodeRecord(
  bytes: Uint8Array,
  tools: RecordTools,
  hashKeys?: ShardHashKeys,
): DecodedEvent[] {
  if (isCanaryRecord(bytes)) return canaryEvents();
  return startsLikeKpl(bytes) ? decodeKpl(bytes, tools, hashKeys) : decodeOne(bytes, tools);
}

/** A record that is not aggregated, or one out of an aggregated one. */
function decodeOne(bytes: Uint8Array, tools: RecordTools): DecodedEvent[] {
  if (startsLikePackedColumns(bytes)) return decodePackedColumns(bytes, tools);
  const compression = compressionOf(bytes);
  if (compression === undefined) return decodeText(bytes, bytes, tools);
  const plain = decompressRecord(bytes, compression, tools);
  if (!(plain instanceof Uint8Array)) return [rejectedEvent(plain.reason, plain.detail, bytes)];
  if (startsLikeKpl(plain)) {
    const detail = `a KPL-aggregated record in ${compression}: compress the records in it instead`;
    return [rejectedEvent('bad_kpl', detail, bytes)];
  }
  if (compressionOf(plain) !== undefined || startsLikePackedColumns(plain)) {
    return [rejectedEvent('bad_compression', 'compressed twice: send the inner bytes as they are', bytes)];
  }
  return decodeText(plain, bytes, tools);
}

/**
 * The events of the records in a KPL-aggregated one, counted on from one to the next. A record in it that can't be
 * read harms no other; but all together hold what one record may, or the whole is rejected as that would be.
 *
 * KCL drops such a record whole if the key of any in it is not of the shard. Here all are events: what others aggregate
 * is of any keys, and would be lost; what the KPL is known to send again is marked as a copy.
 */
function decodeKpl(
  bytes: Uint8Array,
  tools: RecordTools,
  hashKeys: ShardHashKeys | undefined,
): DecodedEvent[] {
  const message = readKplMessage(bytes, tools);
  if ('reason' in message) {
    return [rejectedEvent(message.reason, `KPL-aggregated record: ${message.detail}`, bytes)];
  }
  const { records } = message;
  const copies = hashKeys === undefined ? undefined : copiesIn(message, hashKeys, tools);
  const cap = new SharedCap(tools);
  const events: DecodedEvent[] = [];
  for (const [index, { data }] of records.entries()) {
    for (const event of startsLikeKpl(data) ? [nested(data)] : decodeOne(data, cap)) {
      const placed = event.ok ? event : located(event, `record ${index + 1} of ${records.length}`);
      events.push(copies?.has(index) ? { ...placed, isCopy: true } : placed);
    }
    if (cap.isExceeded || events.length > RECORD_LIMITS.eventsMax) {
      const { decompressedBytesMax, eventsMax } = RECORD_LIMITS;
      const mebibytes = decompressedBytesMax / 1024 / 1024;
      const detail = `KPL-aggregated record: more than ${eventsMax} events or ${mebibytes} MiB: aggregate fewer`;
      return [rejectedEvent('too_large', detail, bytes)];
    }
  }
  return events;
}

function nested(record: Uint8Array): DecodedEvent {
  return rejectedEvent('bad_kpl', 'a KPL-aggregated record within another: aggregate once', record);
}

function located(event: DecodedEvent & { ok: false }, where: string): DecodedEvent {
  const { reason, detail } = event.rejection;
  return rejectedEvent(reason, `${where}: ${detail}`, event.payload);
}
