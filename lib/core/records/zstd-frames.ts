import { ByteReader } from '#core/bytes/byte-reader.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { RECORD_LIMITS } from './limits.ts';

const MAGIC = 0xfd2fb528;
/** Of the sixteen magic numbers of frames with something else in them, which decoders skip. */
const SKIPPABLE_MAGIC = 0x184d2a5;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export function startsLikeZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

/**
 * Where zstd data come apart into frames: any number of them make up one content, as members do in gzip. Node's zlib
 * undoes the first and says nothing of the others, nor of a tail that is no frame.
 *
 * Throws `CorruptError` where something is no frame or is cut off, `RangeError` at more than
 * `RECORD_LIMITS.eventsMax` frames. Source: RFC 8878, section 3.1.
 */
export function zstdFrames(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes);
  const frames: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    const magic = littleEndian(reader, 4, 'the magic number of a frame');
    if (magic === MAGIC) {
      skipFrame(reader);
      if (frames.length === RECORD_LIMITS.eventsMax) throw new RangeError('more frames than events are read');
      frames.push(bytes.subarray(start, reader.offset));
    } else if (Math.floor(magic / 16) === SKIPPABLE_MAGIC) {
      reader.raw(littleEndian(reader, 4, 'the size of a skippable frame'), 'a skippable frame');
    } else {
      throw new CorruptError('a frame', start, 'other bytes');
    }
  }
  return frames;
}

function skipFrame(reader: ByteReader): void {
  const descriptor = reader.byte('the descriptor of a frame');
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) & 3] || Number(isSingleSegment);
  const windowBytes = isSingleSegment ? 0 : 1;
  reader.raw(windowBytes + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + sizeBytes, 'the header of a frame');
  for (let isLast = false; !isLast; ) {
    const header = littleEndian(reader, 3, 'the header of a block');
    const type = (header >> 1) & 3;
    if (type === BLOCK_RESERVED) throw reader.corrupt('the type of a block', 'the reserved one');
    reader.raw(type === BLOCK_RLE ? 1 : header >> 3, 'a block');
    isLast = (header & 1) === 1;
  }
  if ((descriptor & 4) !== 0) reader.raw(4, 'the checksum of a frame');
}

function littleEndian(reader: ByteReader, length: number, what: string): number {
  return reader.raw(length, what).reduceRight((value, byte) => value * 0x100 + byte, 0);
}
