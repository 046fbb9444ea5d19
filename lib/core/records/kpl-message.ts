import { ByteReader } from '#core/bytes/byte-reader.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { Rejection } from '#core/rejection.ts';
import type { RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';

/**
 * The records that the Kinesis Producer Library aggregates: four bytes that are no UTF-8, a protobuf message, and the
 * MD5 of the message. Field 3 of the message, repeated, are the records that were aggregated; field 3 of such a
 * record is its data. All other fields are keys and tags, which say nothing of the events.
 *
 * Source: aggregation-format.md of github.com/awslabs/amazon-kinesis-producer.
 */
const KPL = { magic: [0xf3, 0x89, 0x9a, 0xc2], checksumBytes: 16, recordsField: 3, dataField: 3 } as const;

/** Of a protobuf field. 3 and 4, the groups of old, are in no message of this format. */
const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export function startsLikeKpl(bytes: Uint8Array): boolean {
  return KPL.magic.every((byte, index) => bytes[index] === byte);
}

/**
 * The data of the records in a KPL-aggregated one, in order, as views of it; 1 to `RECORD_LIMITS.eventsMax`.
 *
 * KCL takes what has a wrong checksum for a plain record, since somebody's data may happen to start with these bytes.
 * Here it can't: no format that is read does, and to look for events in it would only hide the damage.
 */
export function readKplMessage(bytes: Uint8Array, tools: RecordTools): Uint8Array[] | Rejection {
  const end = bytes.length - KPL.checksumBytes;
  if (end < KPL.magic.length) return damaged(`it is cut off after ${bytes.length} bytes`);
  const message = bytes.subarray(KPL.magic.length, end);
  if (!hasBytes(bytes.subarray(end), tools.md5(message))) {
    return damaged('its checksum is not that of its content, which was damaged or cut off: send it again');
  }
  const records: Uint8Array[] = [];
  try {
    const reader = new ByteReader(message);
    while (reader.remaining > 0) {
      const record = readField(reader, KPL.recordsField, 'a record');
      if (record === undefined) continue;
      if (records.length === RECORD_LIMITS.eventsMax) {
        return { reason: 'too_large', detail: `more than ${RECORD_LIMITS.eventsMax} records in it` };
      }
      records.push(readData(record));
    }
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    return damaged(`its message is no protobuf after ${records.length} records: expected ${error.expected}`);
  }
  return records.length > 0 ? records : damaged('it holds no record');
}

/** As protobuf has it, the last one counts where a field is there twice, and one that is missing is empty. */
function readData(record: Uint8Array): Uint8Array {
  const reader = new ByteReader(record);
  let data = record.subarray(0, 0);
  while (reader.remaining > 0) data = readField(reader, KPL.dataField, 'the data of a record') ?? data;
  return data;
}

/** Reads the next field, whichever it is; its bytes if it has the number `wanted`, and no other type than bytes. */
function readField(reader: ByteReader, wanted: number, what: string): Uint8Array | undefined {
  const tag = readVarint(reader);
  const number = Math.floor(tag / 8);
  const type = tag % 8;
  if (number < 1 || number > 0x1fffffff) throw reader.corrupt('the number of a field', 'another');
  if (number === wanted && type !== WIRE_TYPE.bytes) throw reader.corrupt(what, `wire type ${type}`);
  switch (type) {
    case WIRE_TYPE.varint:
      readVarint(reader);
      return undefined;
    case WIRE_TYPE.fixed64:
      reader.raw(8, 'a field of 8 bytes');
      return undefined;
    case WIRE_TYPE.bytes: {
      const bytes = reader.raw(readVarint(reader), 'as many bytes as a field claims');
      return number === wanted ? bytes : undefined;
    }
    case WIRE_TYPE.fixed32:
      reader.raw(4, 'a field of 4 bytes');
      return undefined;
    default:
      throw reader.corrupt('the type of a field', `wire type ${type}`);
  }
}

/**
 * Protobuf's varint: unlike our own (`ByteReader.varint`), up to 10 bytes, and not always the shortest form. Inexact
 * beyond 2^53, which no number has that is looked at: they are compared with what there is room for.
 */
function readVarint(reader: ByteReader): number {
  let value = 0;
  let place = 1;
  for (let size = 1; size <= 10; size++) {
    const byte = reader.byte('a varint');
    value += (byte & 0x7f) * place;
    if (byte < 0x80) return value;
    place *= 0x80;
  }
  throw reader.corrupt('a varint', 'more than 10 bytes');
}

function hasBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  return bytes.length === wanted.length && bytes.every((byte, index) => byte === wanted[index]);
}

function damaged(detail: string): Rejection {
  return { reason: 'bad_kpl', detail };
}
