import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { SegmentRef } from './seen-ids.ts';

/** The names of segments as bytes, about 25 each: a head is written again with every commit. */
export function encodeSegmentRefs(refs: readonly SegmentRef[]): Uint8Array {
  const out = new ByteWriter();
  out.varint(refs.length);
  for (const { name, from, to, ids } of refs) {
    out.text(name);
    out.varint(to);
    out.varint(to - from);
    out.varint(ids);
  }
  return out.finish();
}

/** Throws `CorruptError` for what `encodeSegmentRefs` has not written. */
export function decodeSegmentRefs(bytes: Uint8Array): SegmentRef[] {
  const reader = new ByteReader(bytes);
  const refs: SegmentRef[] = [];
  for (let left = reader.count(4, 'the number of segments'); left > 0; left--) {
    const name = reader.text("a segment's name");
    const to = reader.varint("a segment's last second");
    const from = to - reader.varint("a segment's length");
    refs.push({ name, from, to, ids: reader.varint("a segment's ids") });
  }
  reader.end('the end of the segments');
  return refs;
}
