import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Compression } from '#core/compression.ts';

/** zlib's raw deflate, as the adapters pass it in. */
export const rawDeflate: Compression = {
  deflate: (bytes) => deflateRawSync(bytes),
  inflate: (bytes, maxBytes) => inflateRawSync(bytes, { maxOutputLength: maxBytes }),
};

/** Compresses nothing: whatever is encoded with it is stored raw. */
export const noCompression: Compression = {
  deflate: (bytes) => bytes,
  inflate: (bytes) => bytes,
};
