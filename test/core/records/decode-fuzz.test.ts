import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { jsonEvent, packable, packTools } from './events.ts';

/** Occurs in every text below, and nowhere else. */
const SECRET = 'hunter2';

const events = fc.array(
  jsonEvent.map((event) => ({ ...event, [SECRET]: SECRET })),
  { minLength: 1, maxLength: 5 },
);

const goodRecord = fc
  .tuple(events, fc.constantFrom('packed', 'lines', 'array', 'pretty'), fc.boolean())
  .map(([list, format, compressed]): Uint8Array => {
    if (format === 'packed') return encodePackedColumns(list.map(packable), packTools);
    const text =
      format === 'lines'
        ? list.map((event) => JSON.stringify(event)).join('\n')
        : JSON.stringify(format === 'array' ? list : list[0], null, format === 'pretty' ? 1 : 0);
    return compressed ? gzipSync(text) : Buffer.from(text);
  });

/** Overwrites, cuts off and inserts at places of the record. */
const damagedRecord = fc
  .tuple(
    goodRecord,
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        remove: fc.nat(3),
        insert: fc.uint8Array({ maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([record, edits]) => {
    let bytes = Buffer.from(record);
    for (const { at, remove, insert } of edits) {
      const start = Math.floor(at * bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
    }
    return bytes;
  });

/** Past the CRC: what is damaged is the text within. */
const damagedText = damagedRecord.map((bytes) => gzipSync(bytes));
const damagedColumns = fc
  .string({
    unit: fc.constantFrom('{', '}', '[', ']', '"n":1', '"n":2', '"f":', '"c":', '"a":', ',', '"x"', '0', '1'),
  })
  .map((text) => Buffer.concat([Buffer.from([0xc7, 0x57, 0x52, 1]), gzipSync(text)]));

describe('decoding foreign bytes', () => {
  it('never throws, always gives the same events, at least one, and no detail quotes them', () => {
    const record = fc.oneof(fc.uint8Array(), goodRecord, damagedRecord, damagedText, damagedColumns);
    fc.assert(
      fc.property(record, (bytes) => {
        const decoded = decodeRecord(Uint8Array.from(bytes), recordTools);
        expect(decoded.length).toBeGreaterThan(0);
        expect(decodeRecord(Uint8Array.from(bytes), recordTools)).toEqual(decoded);
        for (const event of decoded) {
          if (event.ok) continue;
          expect(event.rejection.detail).not.toContain(SECRET);
          expect(event.rejection.detail).toMatch(/^[ -~]{10,150}$/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves every undamaged line of a record an event', () => {
    fc.assert(
      fc.property(events, fc.nat(), fc.constantFrom('', '{', 'x', '{"a":'), (list, where, cut) => {
        const lines = list.map((event) => JSON.stringify(event));
        const bad = where % lines.length;
        lines[bad] = `${cut}#`;
        const decoded = decodeRecord(Buffer.from(lines.join('\n')), recordTools);
        expect(decoded.map((event) => event.ok)).toEqual(lines.map((_, line) => line !== bad));
      }),
    );
  });
});
