import type { Rejection } from '#core/rejection.ts';
import type { RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';
import { startsLikeZstd, zstdFrames } from './zstd-frames.ts';

export type RecordCompression = 'gzip' | 'zstd';

/** How these bytes are compressed, by their first ones; `undefined` where they are not. */
export function compressionOf(bytes: Uint8Array): RecordCompression | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  return startsLikeZstd(bytes) ? 'zstd' : undefined;
}

/** Undoes compression under the cap of a record's size, or says why it can't be done. */
export function decompressRecord(
  bytes: Uint8Array,
  compression: RecordCompression,
  tools: RecordTools,
): Uint8Array | Rejection {
  try {
    if (compression === 'gzip') return tools.gunzip(bytes, RECORD_LIMITS.decompressedBytesMax);
    if (tools.unzstd === undefined) {
      const detail = 'zstd, which this runtime can not undo: send gzip, or run on Node 22.15, 23.8 or later';
      return { reason: 'no_zstd', detail };
    }
    return unzstdFrames(zstdFrames(bytes), tools.unzstd, RECORD_LIMITS.decompressedBytesMax);
  } catch (error) {
    // By its name: a RangeError of another realm (a test runner's, a worker's) is not `instanceof` ours.
    if (error instanceof Error && error.name === 'RangeError') {
      const most = `more than ${RECORD_LIMITS.decompressedBytesMax / 1024 / 1024} MiB decompressed`;
      const detail =
        compression === 'gzip'
          ? `${most}: put fewer events in a record`
          : `${most}, or as large a window: put fewer events in a record, at a zstd level below 20`;
      return { reason: 'too_large', detail };
    }
    return {
      reason: 'bad_compression',
      detail: `${bytes.length} bytes that start like ${compression}, but are damaged or cut off`,
    };
  }
}

/** What the frames hold, one behind the other. Throws as `unzstd` does; `maxBytes` is for all of them together. */
function unzstdFrames(
  frames: readonly Uint8Array[],
  unzstd: NonNullable<RecordTools['unzstd']>,
  maxBytes: number,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const frame of frames) {
    const part = unzstd(frame, maxBytes - length);
    parts.push(part);
    length += part.length;
  }
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
