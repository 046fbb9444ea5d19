import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import { RECORD_LIMITS } from '#core/records/limits.ts';
import { canonical, jsonEvent } from './events.ts';
import { field, kplRecord, recordField, sealed, varint } from './kpl-record.ts';

/** Occurs in every event below, and nowhere else. */
const SECRET = 'hunter2';

const event = jsonEvent.map((each) => ({ ...each, [SECRET]: SECRET }));

/** The records of an aggregated one, and their events. */
const records = fc.array(
  fc
    .tuple(fc.array(event, { minLength: 1, maxLength: 3 }), fc.constantFrom('lines', 'array'), fc.boolean())
    .map(([events, format, isCompressed]) => {
      const text =
        format === 'array'
          ? JSON.stringify(events)
          : events.map((each) => `${JSON.stringify(each)}\n`).join('');
      return { events, data: isCompressed ? gzipSync(text) : Buffer.from(text) };
    }),
  { minLength: 1, maxLength: 5 },
);

const bytes = fc.uint8Array({ maxLength: 30 });

/** Fields that mean something and fields that don't, nested or cut off, in any order. */
const message = fc
  .array(
    fc.oneof(
      bytes,
      fc.tuple(fc.nat({ max: 5 }), bytes).map(([number, content]) => field(number, content)),
      fc.tuple(fc.nat(), fc.nat()).map(([tag, value]) => Buffer.concat([varint(tag), varint(value)])),
      bytes.map((content) => recordField(content)),
      event.map((each) => recordField(JSON.stringify(each))),
      event.map((each) => recordField(kplRecord([JSON.stringify(each)]))),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

/** A good record, overwritten and cut off in places. */
const damaged = fc
  .tuple(
    records.map((list) => Buffer.concat(list.map(({ data }) => recordField(data)))),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        remove: fc.nat(3),
        insert: fc.uint8Array({ maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([good, edits]) => {
    let edited = good;
    for (const { at, remove, insert } of edits) {
      const start = Math.floor(at * edited.length);
      edited = Buffer.concat([edited.subarray(0, start), insert, edited.subarray(start + remove)]);
    }
    return edited;
  });

/** Counts what is decompressed and made text. */
function watched() {
  const seen = { decompressed: 0, text: 0 };
  const tools: RecordTools = {
    ...recordTools,
    gunzip(compressed, maxBytes) {
      const plain = recordTools.gunzip(compressed, maxBytes);
      seen.decompressed += plain.length;
      return plain;
    },
    text(plain) {
      seen.text += plain.length;
      return recordTools.text(plain);
    },
  };
  return { seen, tools };
}

describe('decoding KPL-aggregated records', () => {
  it('gives the events of their records, in order', () => {
    fc.assert(
      fc.property(records, (list) => {
        const decoded = decodeRecord(kplRecord(list.map(({ data }) => data)), recordTools);
        const wanted = list.flatMap(({ events }) => events);
        expect(decoded.map((each) => (each.ok ? canonical(each.value) : each.rejection))).toEqual(
          wanted.map(canonical),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, always gives the same events, at least one, and no detail quotes them', () => {
    const sealedBytes = fc.oneof(message, damaged).map(sealed);
    const unsealed = fc
      .tuple(fc.oneof(message, damaged), bytes)
      .map(([content, checksum]) => Buffer.concat([Buffer.from('f3899ac2', 'hex'), content, checksum]));
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: sealedBytes }, unsealed), (record) => {
        const decoded = decodeRecord(record, recordTools);
        expect(decoded.length).toBeGreaterThan(0);
        expect(decodeRecord(Buffer.from(record), recordTools)).toEqual(decoded);
        for (const each of decoded) {
          if (each.ok) continue;
          expect(each.rejection.detail).not.toContain(SECRET);
          expect(each.rejection.detail).toMatch(/^[ -~]{10,150}$/);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('never makes more text than one record may hold, nor decompresses much more', () => {
    const size = fc.constantFrom(0, 1, 1_000_000, 3_000_000, RECORD_LIMITS.decompressedBytesMax, 9_000_000);
    const part = fc.tuple(size, fc.boolean()).map(([length, isCompressed]) => {
      const spaces = Buffer.alloc(length, ' ');
      return isCompressed || length > 3_000_000 ? gzipSync(spaces, { level: 1 }) : spaces;
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const { seen, tools } = watched();
        const decoded = decodeRecord(kplRecord(parts), tools);
        expect(decoded.length).toBeGreaterThan(0);
        expect(seen.text).toBeLessThanOrEqual(RECORD_LIMITS.decompressedBytesMax);
        expect(seen.decompressed).toBeLessThanOrEqual(RECORD_LIMITS.decompressedBytesMax);
      }),
      { numRuns: 12 },
    );
  });
});
