import { hash } from 'node:crypto';
import zlib, { gunzipSync } from 'node:zlib';
import type { RecordTools } from '#core/records/decoded-event.ts';

/** The least room for a result: an empty or a lying trailer must not make zlib go byte by byte. */
const CHUNK_BYTES_MIN = 1024;

const ZSTD = {
  /**
   * What a frame may have a decoder hold in memory: 8 MiB, which RFC 8878 asks of all decoders, and of encoders not to
   * go beyond. Node's default is 128 MiB, for a frame of a few bytes that says so.
   */
  windowLogMax: 23,
  /** `ZSTD_d_windowLogMax` of `zstd.h`; `node:zlib` names it only where it has zstd. */
  windowLogMaxParameter: 100,
} as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node's zlib, hashes and text decoder, as the record formats need them. */
export const recordTools: RecordTools = {
  gunzip(bytes, maxBytes) {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkBytes(bytes, maxBytes) });
  },
  unzstd: unzstdBy(Reflect.get(zlib, 'zstdDecompressSync') as ZstdDecompress | undefined),
  md5: (bytes) => hash('md5', bytes, 'buffer'),
  text(bytes) {
    try {
      return utf8.decode(bytes);
    } catch {
      return undefined;
    }
  },
};

/** `zstdDecompressSync` as Node has it from 22.15 and 23.8 on; the types are those of the oldest Node. */
type ZstdDecompress = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly params: Readonly<Record<number, number>> },
) => Uint8Array;

/** Undoes a frame by this function of `node:zlib`, where there is one. */
export function unzstdBy(decompress: ZstdDecompress | undefined): RecordTools['unzstd'] {
  if (decompress === undefined) return undefined;
  const params = { [ZSTD.windowLogMaxParameter]: ZSTD.windowLogMax };
  return (frame, maxBytes) => {
    try {
      return decompress(frame, { maxOutputLength: maxBytes, params });
    } catch (error) {
      if (codeOf(error) !== 'ZSTD_error_frameParameter_windowTooLarge') throw error;
      throw new RangeError('a window beyond the cap, so a result beyond it', { cause: error });
    }
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

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
