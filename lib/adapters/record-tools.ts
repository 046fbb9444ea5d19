import { gunzipSync } from 'node:zlib';
import type { RecordTools } from '#core/records/decoded-event.ts';

/** The least room for a result: an empty or a lying trailer must not make zlib go byte by byte. */
const CHUNK_BYTES_MIN = 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node's zlib and text decoder, as the record formats need them. */
export const recordTools: RecordTools = {
  gunzip(bytes, maxBytes) {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkBytes(bytes, maxBytes) });
  },
  text(bytes) {
    try {
      return utf8.decode(bytes);
    } catch {
      return undefined;
    }
  },
};

/**
 * Room for the whole result at once, from gzip's last four bytes (its size modulo 2^32): fewer, fitting pieces halve
 * the time. The trailer is foreign: it never makes for more than `maxBytes`.
 */
function chunkBytes(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length < 4) return CHUNK_BYTES_MIN;
  const size = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  // One byte more than the result: else zlib asks for another piece to see that nothing follows.
  return Math.max(CHUNK_BYTES_MIN, Math.min(size + 1, maxBytes));
}
