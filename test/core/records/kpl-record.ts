import { createHash } from 'node:crypto';

/** KPL-aggregated records by hand, field by field, right or wrong as a test wants them. */

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 0x80) + 0x80);
  }
}

/** A field of bytes. */
export function field(number: number, bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/** The field of one record: its index of a partition key, and its data. */
export function recordField(data: Uint8Array | string): Buffer {
  return field(3, Buffer.concat([Buffer.from([0x08, 0]), field(3, data)]));
}

/** Magic number and checksum around a message. */
export function sealed(message: Uint8Array): Buffer {
  const md5 = createHash('md5').update(message).digest();
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, md5]);
}

export function kplRecord(records: readonly (Uint8Array | string)[]): Buffer {
  return sealed(Buffer.concat([field(1, 'a key'), ...records.map(recordField)]));
}

/** One record of an aggregated one; without a key of either kind, its partition key is `a key`. */
export interface KplEntry {
  readonly data: Uint8Array | string;
  readonly partitionKey?: string;
  readonly hashKey?: string;
}

/** As the KPL makes it: keys in tables, each once. */
export function kplOf(entries: readonly KplEntry[]): Buffer {
  const partitionKeys = [...new Set(entries.map(({ partitionKey = 'a key' }) => partitionKey))];
  const hashKeys = [...new Set(entries.flatMap(({ hashKey }) => (hashKey === undefined ? [] : [hashKey])))];
  const records = entries.map(({ data, hashKey, partitionKey = 'a key' }) => {
    const places = [Buffer.from([0x08]), varint(partitionKeys.indexOf(partitionKey))];
    if (hashKey !== undefined) places.push(Buffer.from([0x10]), varint(hashKeys.indexOf(hashKey)));
    return field(3, Buffer.concat([...places, field(3, data)]));
  });
  return sealed(
    Buffer.concat([
      ...partitionKeys.map((key) => field(1, key)),
      ...hashKeys.map((key) => field(2, key)),
      ...records,
    ]),
  );
}
