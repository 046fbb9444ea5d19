import type { Rejection } from '#core/rejection.ts';
import type { RecordTools } from './decoded-event.ts';
import { RECORD_LIMITS } from './limits.ts';

export function startsLikeGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Undoes gzip under the cap of a record's size, or says why it can't be done. */
export function decompressRecord(bytes: Uint8Array, tools: RecordTools): Uint8Array | Rejection {
  try {
    return tools.gunzip(bytes, RECORD_LIMITS.decompressedBytesMax);
  } catch (error) {
    // By its name: a RangeError of another realm (a test runner's, a worker's) is not `instanceof` ours.
    if (error instanceof Error && error.name === 'RangeError') {
      const mebibytes = RECORD_LIMITS.decompressedBytesMax / 1024 / 1024;
      return {
        reason: 'too_large',
        detail: `more than ${mebibytes} MiB decompressed: put fewer events in a record`,
      };
    }
    return {
      reason: 'bad_compression',
      detail: `${bytes.length} bytes that start like gzip, but are damaged or cut off`,
    };
  }
}
