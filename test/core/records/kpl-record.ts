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
