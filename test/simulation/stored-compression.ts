import { recordTools } from '#adapters/record-tools.ts';
import type { Compression } from '#core/compression.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';

/** Compresses nothing: zlib's output differs between machines and versions, and a run must not. */
export const storedCompression: Compression = {
  deflate: (bytes) => bytes,
  inflate: (bytes, maxBytes) => {
    if (bytes.length > maxBytes) throw new RangeError(`${bytes.length} bytes, more than ${maxBytes}`);
    return bytes;
  },
};

const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
const BLOCK_HEADER_BYTES = 5;
const TRAILER_BYTES = 8;
const BLOCK_BYTES_MAX = 0xffff;

/** Gzip in stored blocks, which any gunzip reads. Source: RFC 1951, RFC 1952. */
export function storedGzip(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES_MAX));
  const out = new Uint8Array(HEADER.length + blocks * BLOCK_HEADER_BYTES + bytes.length + TRAILER_BYTES);
  const view = new DataView(out.buffer);
  out.set(HEADER);
  let at = HEADER.length;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * BLOCK_BYTES_MAX, (block + 1) * BLOCK_BYTES_MAX);
    out[at] = block === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, part.length ^ 0xffff, true);
    out.set(part, at + BLOCK_HEADER_BYTES);
    at += BLOCK_HEADER_BYTES + part.length;
  }
  view.setUint32(at, crc32(bytes), true);
  view.setUint32(at + 4, bytes.length, true);
  return out;
}

/** Undoes `storedGzip`. Throws for what is damaged. */
function storedGunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let at = HEADER.length;
  for (let isLast = false; !isLast; ) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) throw new Error('cut off');
    isLast = bytes[at] === 1;
    const length = view.getUint16(at + 1, true);
    parts.push(bytes.subarray(at + BLOCK_HEADER_BYTES, at + BLOCK_HEADER_BYTES + length));
    at += BLOCK_HEADER_BYTES + length;
  }
  const plain = parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts);
  if (at + TRAILER_BYTES !== bytes.length || view.getUint32(at, true) !== crc32(plain))
    throw new Error('damaged');
  if (plain.length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
  return plain;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decoding for the simulation: what its own gzip wrote, a hundred times as fast as starting zlib for each record. */
export const storedRecordTools: RecordTools = {
  gunzip: storedGunzip,
  unzstd: undefined,
  md5: (bytes) => recordTools.md5(bytes),
  text(bytes) {
    try {
      return utf8.decode(bytes);
    } catch {
      return undefined;
    }
  },
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
