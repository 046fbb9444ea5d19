import { ByteReader } from '#core/bytes/byte-reader.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { Rejection } from '#core/rejection.ts';
import type { RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';

/**
 * The records that the Kinesis Producer Library aggregates: four bytes that are no UTF-8, a protobuf message, and the
 * MD5 of the message. Fields 1 and 2 of the message, repeated, are tables of partition keys and of explicit hash keys.
 * Field 3, repeated, are the records that were aggregated: field 3 of such a record is its data, 1 and 2 are its places
 * in the tables. All other fields are tags.
 *
 * Source: aggregation-format.md of github.com/awslabs/amazon-kinesis-producer.
 */
const KPL = { magic: [0xf3, 0x89, 0x9a, 0xc2], checksumBytes: 16 } as const;
const FIELD = { partitionKeys: 1, hashKeys: 2, records: 3 } as const;
const RECORD_FIELD = { partitionKey: 1, hashKey: 2, data: 3 } as const;

/** A KPL-aggregated record. All bytes are views of it. */
export interface KplMessage {
  /** In order; 1 to `RECORD_LIMITS.eventsMax`. */
  readonly records: readonly KplRecord[];
  /** As UTF-8. No more than there may be records: what is beyond is not in it. */
  readonly partitionKeys: readonly Uint8Array[];
  /** Explicit ones, decimal digits; no more of them either. */
  readonly hashKeys: readonly Uint8Array[];
}

export interface KplRecord {
  readonly data: Uint8Array;
  /** Its index in the table, which may have none there; `undefined` where it is not said. */
  readonly partitionKey: number | undefined;
  readonly hashKey: number | undefined;
}

/** Of a protobuf field. 3 and 4, the groups of old, are in no message of this format. */
const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export function startsLikeKpl(bytes: Uint8Array): boolean {
  return KPL.magic.every((byte, index) => bytes[index] === byte);
}

/**
 * Reads a KPL-aggregated record.
 *
 * KCL takes what has a wrong checksum for a plain record, since somebody's data may happen to start with these bytes.
 * Here it can't: no format that is read does, and to look for events in it would only hide the damage.
 */
export function readKplMessage(bytes: Uint8Array, tools: RecordTools): KplMessage | Rejection {
  const end = bytes.length - KPL.checksumBytes;
  if (end < KPL.magic.length) return damaged(`it is cut off after ${bytes.length} bytes`);
  const message = bytes.subarray(KPL.magic.length, end);
  if (!hasBytes(bytes.subarray(end), tools.md5(message))) {
    return damaged('its checksum is not that of its content, which was damaged or cut off: send it again');
  }
  const records: KplRecord[] = [];
  const partitionKeys: Uint8Array[] = [];
  const hashKeys: Uint8Array[] = [];
  try {
    const reader = new FieldReader(message);
    while (reader.next()) {
      if (reader.number === FIELD.partitionKeys) keep(partitionKeys, reader.bytes);
      if (reader.number === FIELD.hashKeys) keep(hashKeys, reader.bytes);
      if (reader.number !== FIELD.records) continue;
      if (records.length === RECORD_LIMITS.eventsMax) {
        return { reason: 'too_large', detail: `more than ${RECORD_LIMITS.eventsMax} records in it` };
      }
      records.push(readRecord(reader.needBytes('a record')));
    }
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    return damaged(`its message is no protobuf after ${records.length} records: expected ${error.expected}`);
  }
  return records.length > 0 ? { records, partitionKeys, hashKeys } : damaged('it holds no record');
}

/** As protobuf has it, the last one counts where a field is there twice, and one that is missing is empty. */
function readRecord(record: Uint8Array): KplRecord {
  const reader = new FieldReader(record);
  let data = record.subarray(0, 0);
  let partitionKey: number | undefined;
  let hashKey: number | undefined;
  while (reader.next()) {
    if (reader.number === RECORD_FIELD.partitionKey) partitionKey = reader.varint;
    else if (reader.number === RECORD_FIELD.hashKey) hashKey = reader.varint;
    else if (reader.number === RECORD_FIELD.data) data = reader.needBytes('the data of a record');
  }
  return { data, partitionKey, hashKey };
}

function keep(table: Uint8Array[], key: Uint8Array | undefined): void {
  if (key !== undefined && table.length < RECORD_LIMITS.eventsMax) table.push(key);
}

/** The fields of a protobuf message, one after the other; one object for all of them, as there are many. */
class FieldReader {
  /** Of the field that was read last. */
  number = 0;
  /** Its content, where it is one of these. */
  varint: number | undefined;
  bytes: Uint8Array | undefined;
  readonly #reader: ByteReader;
  #type = 0;

  constructor(message: Uint8Array) {
    this.#reader = new ByteReader(message);
  }

  /** Reads a field; false where there is none any more. */
  next(): boolean {
    if (this.#reader.remaining === 0) return false;
    const tag = readVarint(this.#reader);
    this.number = Math.floor(tag / 8);
    this.#type = tag % 8;
    this.varint = undefined;
    this.bytes = undefined;
    if (this.number < 1 || this.number > 0x1fffffff) {
      throw this.#reader.corrupt('the number of a field', 'another');
    }
    this.#readContent();
    return true;
  }

  needBytes(what: string): Uint8Array {
    if (this.bytes === undefined) throw this.#reader.corrupt(what, `wire type ${this.#type}`);
    return this.bytes;
  }

  #readContent(): void {
    switch (this.#type) {
      case WIRE_TYPE.varint:
        this.varint = readVarint(this.#reader);
        return;
      case WIRE_TYPE.fixed64:
        this.#reader.raw(8, 'a field of 8 bytes');
        return;
      case WIRE_TYPE.bytes:
        this.bytes = this.#reader.raw(readVarint(this.#reader), 'as many bytes as a field claims');
        return;
      case WIRE_TYPE.fixed32:
        this.#reader.raw(4, 'a field of 4 bytes');
        return;
      default:
        throw this.#reader.corrupt('the type of a field', `wire type ${this.#type}`);
    }
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
