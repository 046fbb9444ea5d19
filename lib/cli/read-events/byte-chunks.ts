import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UsageError } from '#cli/usage-error.ts';

const CHUNK_BYTES = 1024 * 1024;
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file on disk whose text is wanted: decompressed, and without a byte order mark. */
export interface TextFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly gzipped: boolean;
}

/**
 * The bytes of a text file, in chunks. `onRead` hears how many bytes of the file have been read from the disk.
 * Throws `UsageError` where the file can't be read or decompressed.
 */
export async function* byteChunks(file: TextFile, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const source = createReadStream(file.path, { highWaterMark: CHUNK_BYTES });
  const gunzip = file.gzipped ? createGunzip({ chunkSize: CHUNK_BYTES }) : undefined;
  if (gunzip !== undefined) {
    source.on('error', (error) => gunzip.destroy(error));
    source.pipe(gunzip);
  }
  try {
    let head: Buffer | undefined = Buffer.alloc(0);
    for await (const chunk of gunzip ?? source) {
      onRead(source.bytesRead);
      let bytes: Buffer = chunk;
      if (head !== undefined) {
        bytes = Buffer.concat([head, bytes]);
        if (bytes.length < UTF8_BOM.length) {
          head = bytes;
          continue;
        }
        head = undefined;
        bytes = withoutBom(bytes);
      }
      if (bytes.length > 0) yield bytes;
    }
    if (head !== undefined && head.length > 0) yield head;
  } catch (error) {
    throw readingFailed(file, error);
  } finally {
    source.destroy();
    gunzip?.destroy();
  }
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes.subarray(0, UTF8_BOM.length).equals(UTF8_BOM) ? bytes.subarray(UTF8_BOM.length) : bytes;
}

function readingFailed(file: TextFile, error: unknown): unknown {
  if (error instanceof UsageError || !(error instanceof Error) || !('code' in error)) return error;
  if (String(error.code).startsWith('Z_')) {
    return new UsageError(
      `${file.path}: the gzip data is damaged or ends too early (${error.message}). ` +
        'Get the file again, or see how much of it is whole with `gzip -t`.',
    );
  }
  return new UsageError(`${file.path} can't be read: ${error.message}.`);
}
